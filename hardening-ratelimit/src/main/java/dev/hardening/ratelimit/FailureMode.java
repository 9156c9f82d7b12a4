package dev.hardening.ratelimit;

import java.time.Duration;

/** Says what a policy answers while its store does not. */
public enum FailureMode {
    /** Refuses, as {@link Decision.Outcome#STORE_DENIED} and over HTTP as 503, never as 429. */
    CLOSED,
    /** Lets pass and marks the decision as degraded; never for what guards a login. */
    OPEN,
    /**
     * Counts in this process by a share of the limits, where the store has such a fallback, and settles up afterwards;
     * elsewhere as {@link #CLOSED}.
     */
    LOCAL;

    /**
     * Says after which failures a store is left alone, and how often it is probed.
     *
     * @param failures so many in a row are enough
     * @param percent so many of a hundred calls are enough, 1 to 100
     * @param calls out of at least so many
     * @param window within this time, 1 s to 1 h
     * @param probe one call goes to a silent store in this time, 10 ms to 1 min
     */
    public record Trip(int failures, int percent, int calls, Duration window, Duration probe) {
        private static final int STANDARD_FAILURES = 5;
        private static final int STANDARD_PERCENT = 50;
        private static final int STANDARD_CALLS = 20;
        private static final Duration STANDARD_WINDOW = Duration.ofSeconds(10);
        private static final int HUNDRED = 100;

        /**
         * Checks the figures.
         *
         * @param failures so many in a row
         * @param percent so many of a hundred
         * @param calls out of at least so many
         * @param window within this time
         * @param probe the time between two probes
         * @throws IllegalArgumentException if one is out of range
         */
        public Trip {
            require(failures >= 1, "failures must be at least 1, got " + failures);
            require(percent >= 1 && percent <= HUNDRED, "percent must be 1 to 100, got " + percent);
            require(calls >= 1, "calls must be at least 1, got " + calls);
            requireWithin("window", window, Duration.ofSeconds(1), Duration.ofHours(1));
            requireWithin("probe", probe, Duration.ofMillis(10), Duration.ofMinutes(1));
        }

        /**
         * Gives the defaults.
         *
         * @return 5 in a row, or half of 20 or more within 10 s; one probe a second
         */
        public static Trip standard() {
            return new Trip(
                    STANDARD_FAILURES, STANDARD_PERCENT, STANDARD_CALLS, STANDARD_WINDOW, Duration.ofSeconds(1));
        }

        long probeNanos() {
            return probe.toNanos();
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    private static void requireWithin(String name, Duration value, Duration least, Duration most) {
        boolean within = value.compareTo(least) >= 0 && value.compareTo(most) <= 0;
        require(within, name + " must be " + least + " to " + most + ", got " + value);
    }
}
