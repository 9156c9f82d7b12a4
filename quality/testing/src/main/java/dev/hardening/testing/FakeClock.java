package dev.hardening.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A wall clock that stands still until a test moves it; safe for many threads. */
public final class FakeClock extends Clock {
    private final AtomicReference<Instant> now;

    private FakeClock(Instant start) {
        now = new AtomicReference<>(start);
    }

    /** Starts at a fixed instant, the same in every run. */
    public static FakeClock create() {
        return at(Instant.parse("2026-11-22T10:00:00Z"));
    }

    public static FakeClock at(Instant start) {
        return new FakeClock(start);
    }

    /** Moves the clock; a negative step goes back. */
    public FakeClock advance(Duration step) {
        now.updateAndGet(instant -> instant.plus(step));
        return this;
    }

    public FakeClock set(Instant instant) {
        now.set(instant);
        return this;
    }

    @Override
    public Instant instant() {
        return Objects.requireNonNull(now.get());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
