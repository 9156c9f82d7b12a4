/**
 * Records one event per HTTP request: {@link dev.hardening.audit.servlet.AuditFilter}.
 */
package dev.hardening.audit.servlet;
