package dev.hardening.ratelimit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreClockTest {
    private static final long STORE = TimeUnit.DAYS.toNanos(20_000);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final FakeClock wall = FakeClock.at(Instant.EPOCH.plusNanos(STORE));
    private final StoreClock clock = new StoreClock("the store", ticker, wall);

    private void pass(Duration time) {
        ticker.advance(time);
        wall.advance(time);
    }

    private void look(long storeNanos) {
        clock.look(ticker.getAsLong(), ticker.getAsLong(), storeNanos);
    }

    @Test
    void time_beforeTheFirstLook_isTheMachines() {
        assertFalse(clock.known());
        assertEquals(STORE, clock.currentTimeNanos());
        assertEquals(Optional.empty(), clock.skew());
        assertTrue(clock.isWallClockBased());
    }

    @Test
    @Tag("ratelimit:C2")
    void look_theFirst_isTakenAtOnceHoweverFar() {
        wall.advance(Duration.ofHours(1));

        look(STORE);

        assertTrue(clock.known());
        assertEquals(STORE, clock.currentTimeNanos());
        assertEquals(Optional.of(Duration.ofHours(1)), clock.skew());
    }

    @Test
    void look_withARoundTrip_meansItsMiddle() {
        long sent = clock.tick();
        pass(Duration.ofMillis(40));

        clock.look(sent, clock.tick(), STORE);

        assertEquals(STORE + TimeUnit.MILLISECONDS.toNanos(20), clock.currentTimeNanos());
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600, 3_600})
    @Tag("ratelimit:C1")
    void time_wallClockSteps_doesNotNotice(long seconds) {
        look(STORE);

        wall.advance(Duration.ofSeconds(seconds));
        ticker.advance(Duration.ofSeconds(7));

        assertEquals(STORE + 7 * SECOND, clock.currentTimeNanos());
    }

    @Test
    @Tag("ratelimit:C3")
    void time_tickerWraps_goesOn() {
        FakeTicker late = FakeTicker.startingAt(Long.MAX_VALUE - SECOND);
        StoreClock wrapping = new StoreClock("the store", late, wall);
        assertTrue(wrapping.due());
        wrapping.look(wrapping.tick(), wrapping.tick(), STORE);

        late.advance(Duration.ofSeconds(29));

        assertEquals(STORE + 29 * SECOND, wrapping.currentTimeNanos());
        assertFalse(wrapping.due());
        late.advance(Duration.ofSeconds(1));
        assertTrue(wrapping.due());
    }

    @ParameterizedTest
    @ValueSource(longs = {-4_999, -1, 1, 4_999})
    @Tag("ratelimit:C2")
    void look_alittleOff_isApproachedAtFivePercent(long millis) {
        long off = TimeUnit.MILLISECONDS.toNanos(millis);
        look(STORE);

        look(STORE + off);

        assertEquals(STORE, clock.currentTimeNanos());
        pass(Duration.ofNanos(Math.abs(off) * 20 - 20));
        assertEquals(STORE + Math.abs(off) * 20 - 20 + off - Long.signum(off), clock.currentTimeNanos());
        pass(Duration.ofNanos(20));
        assertEquals(STORE + Math.abs(off) * 20 + off, clock.currentTimeNanos());
        pass(Duration.ofHours(1));
        assertEquals(STORE + Math.abs(off) * 20 + off + 3_600 * SECOND, clock.currentTimeNanos());
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600_000, -5_000, 5_000, 3_600_000})
    void look_anotherClock_isTakenAtOnce(long millis) {
        look(STORE);

        look(STORE + TimeUnit.MILLISECONDS.toNanos(millis));

        assertEquals(STORE + TimeUnit.MILLISECONDS.toNanos(millis), clock.currentTimeNanos());
    }

    @Test
    void look_slowAnswer_isNotTrusted() {
        look(STORE);
        long sent = clock.tick();
        pass(Duration.ofMillis(1_001));

        clock.look(sent, clock.tick(), STORE + 3 * SECOND);

        pass(Duration.ofMinutes(5));
        assertEquals(STORE + 301_001 * SECOND / 1_000, clock.currentTimeNanos());
    }

    @Test
    void time_manyLooksAtRandom_neverRunsBack() {
        Random random = SeededRandom.of("StoreClockTest");
        look(STORE);
        long last = clock.currentTimeNanos();
        for (int round = 0; round < 10_000; round++) {
            ticker.advance(Duration.ofNanos(random.nextLong(SECOND)));
            if (random.nextInt(3) == 0) {
                look(clock.currentTimeNanos() + random.nextLong(-4 * SECOND, 4 * SECOND));
            }
            long now = clock.currentTimeNanos();
            assertTrue(now >= last, "ran back by " + (last - now));
            last = now;
        }
    }

    @Test
    void due_manyCallers_isOnesBusiness() {
        assertTrue(clock.due());
        assertFalse(clock.due());
        pass(Duration.ofSeconds(1).minusNanos(1));
        assertFalse(clock.due());
        pass(Duration.ofNanos(1));
        assertTrue(clock.due(), "nothing came of it");

        look(STORE);

        pass(Duration.ofSeconds(30).minusNanos(1));
        assertFalse(clock.due());
        pass(Duration.ofNanos(1));
        assertTrue(clock.due());
    }

    @Test
    @Tag("ratelimit:C2")
    @ResourceLock(Resources.SYSTEM_ERR)
    void look_machineMoreThanHalfASecondOff_isWarnedOfOnceAMinute() {
        String log = Logs.of(() -> {
            wall.advance(Duration.ofMillis(500));
            look(STORE);
        });
        assertFalse(log.contains("ahead of the store"), log);

        wall.advance(Duration.ofMillis(1));
        log = Logs.of(() -> look(STORE));
        assertTrue(log.contains("PT0.501S ahead of the store"), log);

        pass(Duration.ofMinutes(1).minusNanos(1));
        log = Logs.of(() -> look(clock.currentTimeNanos()));
        assertFalse(log.contains("ahead of the store"), log);
        pass(Duration.ofNanos(1));
        log = Logs.of(() -> look(clock.currentTimeNanos()));
        assertTrue(log.contains("PT0.501S ahead of the store"), log);
    }
}
