package dev.hardening.health;

/**
 * Looks at one thing this service needs.
 *
 * <p>Runs in the background, never on the thread of a caller, never twice at the same time. Whatever it throws, an
 * {@link Error} included, counts as a failure and is contained. A check that does not return in time is down, keeps its
 * one thread and harms no other check.
 */
@FunctionalInterface
public interface HealthCheck {
    /**
     * Looks once.
     *
     * @param deadline the time this run has
     * @return what was found; {@code null} counts as a failure
     * @throws Exception for any reason; its message is shown to nobody
     */
    CheckResult run(Deadline deadline) throws Exception;
}
