/**
 * Turns what other modules tell into audit events: {@link dev.hardening.audit.capture.AuthAudit} and
 * {@link dev.hardening.audit.capture.RateLimitAudit}.
 */
package dev.hardening.audit.capture;
