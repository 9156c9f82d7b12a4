package dev.hardening.ratelimit.redis;

import java.util.concurrent.atomic.AtomicLong;

/** Spreads retries; not for anything that must not be guessed. */
final class Jitter {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final AtomicLong seed = new AtomicLong(System.nanoTime());

    /** Mixes a counter (SplitMix64) into 0 to {@code bound} - 1; {@code bound} at least 1. */
    long below(long bound) {
        long mixed = seed.addAndGet(GOLDEN);
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return Long.remainderUnsigned(mixed ^ (mixed >>> 31), bound);
    }
}
