package dev.hardening.ratelimit;

import java.time.Duration;

/**
 * Tokens per nanoseconds in lowest terms.
 *
 * <p>bucket4j counts in 64-bit integers and falls back to floating point where a product overflows, which loses
 * fractions of a token. In lowest terms (1 token per 200 ms instead of 300 per minute) the products stay small, and a
 * rate whose products would still overflow is refused when it is configured.
 */
record Rate(long tokens, long nanos) {
    static Rate of(long refill, Duration per) {
        long period = per.toNanos();
        long divisor = greatestCommonDivisor(refill, period);
        return new Rate(refill / divisor, period / divisor);
    }

    /** Nanoseconds, or the most a long can hold. */
    static long saturated(Duration time) {
        return time.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0 ? Long.MAX_VALUE : time.toNanos();
    }

    void requireExact(long capacity) {
        long ceiling = Long.MAX_VALUE / 4;
        if (tokens > nanos || tokens > ceiling / nanos || capacity > ceiling / nanos) {
            throw new IllegalArgumentException("a capacity of " + capacity + " and " + tokens + " per " + nanos
                    + " ns cannot be counted exactly in 64 bits: choose rounder figures or a shorter time");
        }
    }

    /**
     * The first nanosecond at which {@code missing} more tokens are there, {@code earned} being what already counts
     * towards the next one (in units of 1/nanos of a token). bucket4j rounds this down, one nanosecond too early.
     */
    long nanosFor(long missing, long earned) {
        if (missing <= 0) {
            return 0;
        }
        long high = Math.multiplyHigh(missing, nanos);
        long product = missing * nanos;
        if (high != 0 || product < 0) {
            return Long.MAX_VALUE;
        }
        long needed = product - earned;
        return needed / tokens + (needed % tokens == 0 ? 0 : 1);
    }

    private static long greatestCommonDivisor(long a, long b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
