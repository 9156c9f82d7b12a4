package dev.hardening.health.internal;

import dev.hardening.health.CheckKind;
import dev.hardening.health.HealthCheck;
import dev.hardening.health.Impact;

/**
 * One check as it was registered.
 *
 * @param name unique in its engine
 * @param kind liveness or readiness
 * @param check the code to run
 * @param impact what its failure does
 * @param pace how often, how long, how strictly
 * @param interrupt whether its thread is interrupted at expiry
 */
public record CheckSpec(String name, CheckKind kind, HealthCheck check, Impact impact, Pace pace, boolean interrupt) {

    /**
     * The numbers of one check, in nanoseconds.
     *
     * @param every from one start to the next
     * @param timeout how long one run may take
     * @param failAfter failures in a row that take it down
     * @param recoverAfter successes in a row that bring it up
     */
    public record Pace(long every, long timeout, int failAfter, int recoverAfter) {
        /** How old a result may grow. */
        long staleAfter() {
            return 3 * every + timeout;
        }
    }
}
