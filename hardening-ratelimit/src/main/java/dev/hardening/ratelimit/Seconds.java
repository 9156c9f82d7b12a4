package dev.hardening.ratelimit;

import java.time.Duration;

/** Whole seconds for HTTP, never too few. */
final class Seconds {
    private Seconds() {}

    static long roundUp(Duration duration) {
        return duration.getSeconds() + (duration.getNano() == 0 ? 0 : 1);
    }
}
