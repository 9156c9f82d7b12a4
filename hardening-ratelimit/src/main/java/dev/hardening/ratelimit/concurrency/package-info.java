/**
 * Bounds what is in flight at once: by user or any other key, and for the service as a whole.
 *
 * <p>Start at {@link dev.hardening.ratelimit.concurrency.ConcurrencyLimiter} for the first and at
 * {@link dev.hardening.ratelimit.concurrency.LoadShedder} for the second.
 */
package dev.hardening.ratelimit.concurrency;
