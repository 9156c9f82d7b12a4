package dev.hardening.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Elapsed nanoseconds that pass only when a test says so; safe for many threads. */
public final class FakeTicker implements LongSupplier {
    private final AtomicLong nanos;

    private FakeTicker(long start) {
        nanos = new AtomicLong(start);
    }

    /** Starts below zero, as {@link System#nanoTime()} may. */
    public static FakeTicker create() {
        return startingAt(-5_000_000_000L);
    }

    public static FakeTicker startingAt(long nanos) {
        return new FakeTicker(nanos);
    }

    public FakeTicker advance(Duration step) {
        nanos.addAndGet(step.toNanos());
        return this;
    }

    @Override
    public long getAsLong() {
        return nanos.get();
    }
}
