package dev.hardening.testing;

import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Polls with a deadline, for tests of a real process or a real thread; the only place that may wait.
 */
public final class Eventually {
    private static final Duration STEP = Duration.ofMillis(10);

    private Eventually() {}

    /** Asks until {@code condition} holds; fails with {@code what} when the deadline has passed. */
    public static void until(Duration deadline, String what, Callable<Boolean> condition) {
        long end = System.nanoTime() + deadline.toNanos();
        Throwable last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception | AssertionError failure) {
                last = failure;
            }
            pause();
        } while (System.nanoTime() - end < 0);
        throw new AssertionError("not within " + deadline + ": " + what, last);
    }

    private static void pause() {
        try {
            Thread.sleep(STEP.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", interrupted);
        }
    }
}
