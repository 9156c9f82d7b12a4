package dev.hardening.examples.lms.api;

/** Where the handlers leave proof of what was done. */
@FunctionalInterface
public interface AuditTrail {
    /**
     * Returns when the event is durable.
     *
     * @throws RuntimeException if it cannot be made durable; the call then fails, and a grade is not given
     */
    void record(SchoolEvent event);
}
