package dev.hardening.health;

import java.time.Instant;

/** Something changed; told once, in order, to each listener. */
public sealed interface HealthEvent {
    /**
     * Says when it was seen.
     *
     * @return wall-clock time; decisions never use it
     */
    Instant at();

    /**
     * One check changed its status.
     *
     * @param at when it was seen
     * @param check its name
     * @param from the status before
     * @param to the status now
     * @param reason as in {@link CheckStatus#reason()}; for operators only
     */
    record CheckChanged(Instant at, String check, Status from, Status to, String reason) implements HealthEvent {}

    /**
     * Liveness, readiness or startup as a whole changed.
     *
     * @param at when it was seen
     * @param kind which of them
     * @param from the status before
     * @param to the status now
     */
    record StatusChanged(Instant at, CheckKind kind, Status from, Status to) implements HealthEvent {}
}
