package dev.hardening.secrets;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Draws a known count of numbers below a bound, all equally likely, out of as few random bytes as that takes.
 *
 * <p>The bytes are read as one stream of bits. Each candidate takes the bits that the bound needs, and one that is not
 * below the bound is thrown away. Each value that stays has the same probability, which a remainder does not give unless
 * the bound is a power of two. A source that is asked again and again and gives nothing but candidates to throw away is
 * broken: at worst every second one is, so that 256 requests without an end mean a chance below 2^-240.
 */
final class Draw {
    private static final int CHUNK = 1024;
    private static final int REQUESTS = 256;

    private final SecureRandom random;
    private final int bound;
    private final int width;
    private int wanted;
    private int fruitless;
    private byte[] pool = {};
    private int read;
    private int bits;
    private int available;

    /** Prepares for {@code count} numbers below {@code bound}, 2 to 65536. */
    Draw(SecureRandom random, int bound, int count) {
        this.random = random;
        this.bound = bound;
        this.width = Integer.SIZE - Integer.numberOfLeadingZeros(bound - 1);
        this.wanted = count;
    }

    int next() {
        return next(bound);
    }

    /** Draws below another bound, which must not be above the first one. */
    int next(int below) {
        while (true) {
            int candidate = candidate();
            if (candidate < below) {
                wanted--;
                fruitless = 0;
                return candidate;
            }
        }
    }

    /**
     * Writes a symbol for each number drawn, to the end of {@code text}. The same as {@link #next()} for each; the loop
     * holds in registers what that one reads and writes in fields.
     *
     * @param symbols as many as the bound
     */
    void fill(byte[] text, int from, byte[] symbols) {
        int mask = (1 << width) - 1;
        int held = bits;
        int left = available;
        for (int at = from; at < text.length; ) {
            while (left < width) {
                if (read == pool.length) {
                    wanted = text.length - at;
                    available = left;
                    refill();
                }
                held = (held << Byte.SIZE) | (pool[read++] & 0xff);
                left += Byte.SIZE;
            }
            left -= width;
            int candidate = (held >>> left) & mask;
            if (candidate < bound) {
                text[at++] = symbols[candidate];
                fruitless = 0;
            }
        }
        wanted = 0;
        bits = held;
        available = left;
    }

    void wipe() {
        Arrays.fill(pool, (byte) 0);
        bits = 0;
        available = 0;
        read = pool.length;
    }

    private int candidate() {
        while (available < width) {
            if (read == pool.length) {
                refill();
            }
            bits = (bits << Byte.SIZE) | (pool[read++] & 0xff);
            available += Byte.SIZE;
        }
        available -= width;
        return (bits >>> available) & ((1 << width) - 1);
    }

    private void refill() {
        if (++fruitless > REQUESTS) {
            throw new SecretsUnavailableException("the random source " + random.getAlgorithm() + " is stuck");
        }
        int missing = Math.max(1, wanted) * width - available;
        int size = Math.min(CHUNK, (missing + Byte.SIZE - 1) / Byte.SIZE);
        if (pool.length == size) {
            random.nextBytes(pool);
        } else {
            Arrays.fill(pool, (byte) 0);
            pool = new byte[size];
            random.nextBytes(pool);
        }
        read = 0;
    }
}
