package dev.hardening.health.internal;

import dev.hardening.health.Status;

/**
 * One line of a public answer.
 *
 * @param name from code, never from input
 * @param status after impact was applied
 * @param counts whether it takes part in the verdict
 */
record Entry(String name, Status status, boolean counts) {
    static Entry up(String name) {
        return new Entry(name, Status.UP, true);
    }

    static Entry down(String name) {
        return new Entry(name, Status.DOWN, true);
    }
}
