package dev.hardening.health;

/**
 * Hears of changes, each once and in order, on a thread of its own.
 *
 * <p>May block or throw without delaying a check or another listener: at most 1,024 events wait for it, further ones are
 * dropped and counted, a throw is logged with its class name and dropped.
 */
public interface HealthListener {
    /**
     * Hears that a check changed.
     *
     * @param event what changed
     */
    default void checkChanged(HealthEvent.CheckChanged event) {}

    /**
     * Hears that liveness, readiness or startup changed.
     *
     * @param event what changed
     */
    default void statusChanged(HealthEvent.StatusChanged event) {}
}
