package dev.hardening.secrets;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Draws numbers below a bound of at most 256, all equally likely.
 *
 * <p>A random byte is cut to the bits the bound needs; what is still not below the bound is thrown away. Each value
 * that stays has the same probability, which {@code byte % bound} does not give unless the bound divides 256.
 */
final class Draw {
    private static final int CHUNK = 128;

    private final SecureRandom random;
    private final int bound;
    private final int mask;
    private final byte[] pool = new byte[CHUNK];
    private int used = CHUNK;

    Draw(SecureRandom random, int bound) {
        this.random = random;
        this.bound = bound;
        this.mask = (Integer.highestOneBit(Math.max(1, bound - 1)) << 1) - 1;
    }

    int next() {
        while (true) {
            if (used == CHUNK) {
                random.nextBytes(pool);
                used = 0;
            }
            int candidate = pool[used++] & mask;
            if (candidate < bound) {
                return candidate;
            }
        }
    }

    void wipe() {
        Arrays.fill(pool, (byte) 0);
        used = CHUNK;
    }
}
