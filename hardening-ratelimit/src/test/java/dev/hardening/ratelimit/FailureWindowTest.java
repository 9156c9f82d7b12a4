package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FailureWindowTest {
    private static final long PART = Duration.ofSeconds(1).toNanos();
    private static final long START = Long.MAX_VALUE - 5 * PART;

    private final FailureWindow window = new FailureWindow(Duration.ofSeconds(10), START);

    @Test
    void exceeds_atTheShare_isTrue() {
        for (int call = 0; call < 50; call++) {
            window.succeeded(START);
        }
        for (int call = 0; call < 49; call++) {
            window.failed(START);
        }
        assertFalse(window.exceeds(START, 50, 20));

        window.failed(START);

        assertTrue(window.exceeds(START, 50, 20));
        assertTrue(window.exceeds(START, 50, 100));
        assertFalse(window.exceeds(START, 50, 101));
    }

    @Test
    void exceeds_randomCallsOverATickerThatWraps_agreesWithAList() {
        Random random = SeededRandom.of("FailureWindowTest");
        List<Long> parts = new ArrayList<>();
        List<Boolean> failures = new ArrayList<>();
        long elapsed = 0;
        for (int step = 0; step < 20_000; step++) {
            elapsed += random.nextInt(50) == 0 ? random.nextInt(15) * PART : random.nextInt((int) (PART / 10));
            boolean failed = random.nextBoolean();
            if (failed) {
                window.failed(START + elapsed);
            } else {
                window.succeeded(START + elapsed);
            }
            parts.add(elapsed / PART);
            failures.add(failed);

            long all = 0;
            long bad = 0;
            for (int call = Math.max(0, step - 500); call <= step; call++) {
                boolean inside = elapsed / PART - parts.get(call) < 10;
                all += inside ? 1 : 0;
                bad += inside && failures.get(call) ? 1 : 0;
            }
            boolean expected = all >= 20 && bad * 100 >= all * 50;
            assertEquals(expected, window.exceeds(START + elapsed, 50, 20), "step " + step);
        }
    }

    @Test
    void count_moreThanAPartCanHold_keepsTheShare() {
        for (int call = 0; call < 3_000_000; call++) {
            window.failed(START);
            window.succeeded(START);
        }

        assertTrue(window.exceeds(START, 49, 1000));
        assertFalse(window.exceeds(START, 51, 1000));
    }
}
