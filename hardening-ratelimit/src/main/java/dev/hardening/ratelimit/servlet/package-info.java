/**
 * Puts a limiter in front of servlets.
 *
 * <p>Start at {@link dev.hardening.ratelimit.servlet.RateLimitFilter}.
 */
package dev.hardening.ratelimit.servlet;
