/**
 * Reports secrets to health: whether sources are fresh, and until when certificates are good.
 *
 * <p>Start at {@link dev.hardening.secrets.health.SecretsChecks} or {@link dev.hardening.secrets.health.TlsChecks}.
 */
package dev.hardening.secrets.health;
