package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts calls and failures of the last while, in ten parts that are dropped one by one.
 *
 * <p>A part is one word, so that it is counted up and started anew in a single step: which part of time it is about (24
 * bits), calls (20 bits), failures (20 bits). A count that is full is halved together with its companion.
 */
final class FailureWindow {
    private static final int PARTS = 10;
    private static final int BITS = 20;
    private static final long MOST = (1L << BITS) - 1;
    private static final long NUMBERS = (1L << 24) - 1;
    private static final int PERCENT = 100;

    private final AtomicLongArray parts = new AtomicLongArray(PARTS);
    private final long part;
    private final long start;

    FailureWindow(Duration length, long start) {
        this.part = length.toNanos() / PARTS;
        this.start = start;
    }

    void succeeded(long now) {
        count(now, 0);
    }

    void failed(long now) {
        count(now, 1);
    }

    /** Whether at least {@code percent} of the calls failed, out of {@code calls} or more. */
    boolean exceeds(long now, int percent, int calls) {
        long newest = (now - start) / part;
        long all = 0;
        long failed = 0;
        for (int index = 0; index < PARTS; index++) {
            long word = parts.get(index);
            if (((newest - number(word)) & NUMBERS) < PARTS) {
                all += calls(word);
                failed += failures(word);
            }
        }
        return all >= calls && failed * PERCENT >= all * percent;
    }

    private void count(long now, int failure) {
        long number = (now - start) / part;
        int index = (int) Math.floorMod(number, (long) PARTS);
        while (true) {
            long word = parts.get(index);
            boolean current = number(word) == (number & NUMBERS);
            long calls = current ? calls(word) : 0;
            long failures = current ? failures(word) : 0;
            if (calls == MOST) {
                calls /= 2;
                failures /= 2;
            }
            if (parts.compareAndSet(index, word, word(number, calls + 1, failures + failure))) {
                return;
            }
        }
    }

    private static long word(long number, long calls, long failures) {
        return ((number & NUMBERS) << (2 * BITS)) | (calls << BITS) | failures;
    }

    private static long number(long word) {
        return word >>> (2 * BITS);
    }

    private static long calls(long word) {
        return (word >>> BITS) & MOST;
    }

    private static long failures(long word) {
        return word & MOST;
    }
}
