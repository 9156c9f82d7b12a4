package dev.hardening.testing;

import java.util.Random;

/**
 * Random input that can be had again: the seed is printed, and {@code -Dtest.seed=} replays it.
 *
 * <p>Each caller gets a stream of its own, derived from the run's seed and a name, so that adding a test does not change
 * the input of another.
 */
public final class SeededRandom {
    private static final long SEED = Long.getLong("test.seed", System.nanoTime());

    private SeededRandom() {}

    /** Makes the stream of one test. */
    public static Random of(String name) {
        long seed = SEED ^ ((long) name.hashCode() << 20);
        System.out.println("random input of " + name + ": replay with -Dtest.seed=" + SEED);
        return new Random(seed);
    }
}
