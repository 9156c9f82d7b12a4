/**
 * Counts decisions with Micrometer.
 *
 * <p>Start at {@link dev.hardening.ratelimit.micrometer.RateLimitMeters}.
 */
package dev.hardening.ratelimit.micrometer;
