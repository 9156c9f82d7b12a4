/**
 * The mechanism behind {@link dev.hardening.audit.AuditLog}: encoding, group commit and segments. Not exported.
 */
package dev.hardening.audit.internal;
