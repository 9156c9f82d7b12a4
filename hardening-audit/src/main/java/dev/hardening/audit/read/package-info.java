/**
 * Reads a log without its writer: {@link dev.hardening.audit.read.AuditReader}.
 */
package dev.hardening.audit.read;
