/**
 * Reports limits to health: whether shared stores answer, and whether the policies are fit for production.
 *
 * <p>Start at {@link dev.hardening.ratelimit.health.RateLimitChecks}.
 */
package dev.hardening.ratelimit.health;
