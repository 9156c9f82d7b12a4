/**
 * The calls of the service: thin handlers between HTTP, the school and the modules.
 *
 * <p>Start at {@code LmsRoutes}. What the handlers need of tokens, accounts and the audit log are the ports
 * {@code Identity}, {@code AuthCalls} and {@code AuditTrail}.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.api;
