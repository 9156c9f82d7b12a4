package dev.hardening.ratelimit.concurrency;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** How long a permit may be held. */
final class Holds {
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(1);

    private Holds() {}

    static void require(Duration maxHold) {
        fault(maxHold).ifPresent(fault -> {
            throw new IllegalArgumentException(fault);
        });
    }

    static Optional<String> fault(Duration maxHold) {
        Objects.requireNonNull(maxHold, "maxHold");
        boolean holds = maxHold.compareTo(SHORTEST) >= 0 && maxHold.compareTo(LONGEST) <= 0;
        return holds
                ? Optional.empty()
                : Optional.of("maxHold must be " + SHORTEST + " to " + LONGEST + ", got " + maxHold);
    }
}
