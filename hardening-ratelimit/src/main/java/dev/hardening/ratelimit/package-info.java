/**
 * Decides who may go on and who has to wait, per user and not only per address.
 *
 * <p>Start at {@link dev.hardening.ratelimit.RateLimiter} for requests and at
 * {@link dev.hardening.ratelimit.LoginThrottle} for logins.
 */
package dev.hardening.ratelimit;
