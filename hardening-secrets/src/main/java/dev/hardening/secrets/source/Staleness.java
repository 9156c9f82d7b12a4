package dev.hardening.secrets.source;

import dev.hardening.secrets.source.SourceState.Freshness;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** From which age on values are stale although nothing failed, and from which on they are not served at all. */
record Staleness(Duration overdue, @Nullable Duration longest) {
    private static final int MISSED_READINGS = 3;
    private static final Duration SLOW_READING = Duration.ofSeconds(30);

    /** A reading that hangs fails never; three intervals and what a slow server may take tell it from a slow one. */
    static Staleness after(Duration interval, @Nullable Duration longest) {
        return new Staleness(interval.multipliedBy(MISSED_READINGS).plus(SLOW_READING), longest);
    }

    Freshness judge(int failures, Duration age) {
        if (expired(age)) {
            return Freshness.EXPIRED;
        }
        return failures > 0 || age.compareTo(overdue) > 0 ? Freshness.STALE : Freshness.FRESH;
    }

    boolean expired(Duration age) {
        return longest != null && age.compareTo(longest) > 0;
    }
}
