/**
 * Reports secrets to health.
 *
 * <p>Start at {@link dev.hardening.secrets.health.SecretsChecks}.
 */
package dev.hardening.secrets.health;
