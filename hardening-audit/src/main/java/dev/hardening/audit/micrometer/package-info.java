/**
 * Meters of a log: {@link dev.hardening.audit.micrometer.AuditMeters}.
 */
package dev.hardening.audit.micrometer;
