package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * How many tokens a process may hold in advance, for how long and for how many keys.
 *
 * @param processes how many share the store
 * @param life how long bought tokens may be spent
 * @param maxKeys the most keys for which tokens are held, for each policy
 * @param ticker elapsed nanoseconds
 */
record LeaseSpec(int processes, Duration life, int maxKeys, LongSupplier ticker) {
    private static final int MOST_PROCESSES = 1_000;
    private static final int STANDARD_KEYS = 10_000;
    private static final int PART = 4;

    LeaseSpec {
        if (processes < 1 || processes > MOST_PROCESSES) {
            throw new IllegalArgumentException("processes must be 1 to " + MOST_PROCESSES + ", got " + processes);
        }
        new LocalSpec(maxKeys, ticker);
    }

    static LeaseSpec of(int processes) {
        return new LeaseSpec(processes, Duration.ofSeconds(1), STANDARD_KEYS, System::nanoTime);
    }

    LeaseSpec withTicker(LongSupplier nanos) {
        return new LeaseSpec(processes, life, maxKeys, nanos);
    }

    /** How many tokens one process holds at most for a key; below 2, nothing is taken in advance. */
    long tokens(List<Limit> limits) {
        long smallest = limits.stream().mapToLong(Limit::capacity).min().orElse(0);
        return smallest / ((long) PART * processes);
    }
}
