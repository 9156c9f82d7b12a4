/**
 * The ports of the handlers, filled by the modules.
 *
 * <p>{@code AccountCalls} is hardening-auth, {@code TokenIdentity} its servlet filter, {@code LogAuditTrail}
 * hardening-audit.
 */
@org.jspecify.annotations.NullMarked
package dev.hardening.examples.lms.adapter;
