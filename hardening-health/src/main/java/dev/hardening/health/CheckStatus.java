package dev.hardening.health;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How one check or gate stood when the snapshot was made; all of it but name and status is for operators only.
 *
 * @param name the name it was registered under
 * @param kind the question it helps to answer
 * @param impact what its failure does
 * @param status its own status, before impact is applied
 * @param reason {@code pending}, {@code timeout}, {@code stuck}, {@code error}, {@code invalid}, {@code stale},
 *     {@code closed}, what the check said, or empty
 * @param data what the last run found; for {@code error} the class names, for {@code stuck} the stack
 * @param stats counts and times
 */
public record CheckStatus(
        String name,
        CheckKind kind,
        Impact impact,
        Status status,
        String reason,
        Map<String, Object> data,
        Stats stats) {

    /**
     * Copies the data.
     *
     * @param name the name it was registered under
     * @param kind the question it helps to answer
     * @param impact what its failure does
     * @param status before impact is applied
     * @param reason for operators
     * @param data copied
     * @param stats counts and times
     */
    public CheckStatus {
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    }

    /**
     * Counts and times of one check.
     *
     * @param runs results so far, turns missed by a stuck run included
     * @param failures how many of them failed
     * @param transitions how often the status changed
     * @param duration how long the last finished run took
     * @param age how old the last result was when the snapshot was made; zero before the first
     * @param stuck whether a run that is out of time still holds its thread
     */
    public record Stats(long runs, long failures, long transitions, Duration duration, Duration age, boolean stuck) {
        /** Nothing happened yet. */
        public static final Stats NONE = new Stats(0, 0, 0, Duration.ZERO, Duration.ZERO, false);
    }
}
