package dev.hardening.ratelimit.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.ratelimit.Race;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter.Acquisition;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What holds whichever thread comes first, on real threads that start each round together. */
class ConcurrencyRaceTest {
    private static final int ROUNDS = 2_000;
    private static final Duration HOLD = Duration.ofMinutes(2);
    private static final RequestFacts USER = RequestFacts.builder().userId("u").build();

    private final FakeTicker ticker = FakeTicker.create();
    private final Random random = SeededRandom.of("ConcurrencyRaceTest");

    private ConcurrencyLimiter limiter(int most) {
        return ConcurrencyLimiter.builder()
                .ticker(ticker)
                .limit(PermitLimit.of("user", Keys.user(), most))
                .limit(PermitLimit.of("tenant", Keys.tenant(), most + 1))
                .build();
    }

    private static Permit permit(ConcurrencyLimiter limiter) {
        return ((Acquisition.Granted) limiter.acquire(USER)).permit();
    }

    @Test
    @Tag("ratelimit:A14")
    @Tag("ratelimit:H2")
    void close_completeTimeoutErrorAndFinallyAtOnce_givesBackOnce() {
        ConcurrencyLimiter limiter = limiter(2);
        List<Permit> permits = new ArrayList<>();
        Runnable close = () -> permits.get(0).close();

        Race.run(
                ROUNDS,
                () -> {
                    permits.clear();
                    permits.add(permit(limiter));
                    permits.add(permit(limiter));
                },
                List.of(close, close, close, close),
                () -> {
                    assertEquals(1, limiter.inFlight("user").orElseThrow());
                    assertEquals(1, limiter.inFlight("tenant").orElseThrow());
                    permits.get(1).close();
                    assertEquals(0, limiter.trackedKeys("user").orElseThrow());
                });
    }

    @Test
    @Tag("ratelimit:A13")
    @Tag("ratelimit:A14")
    void close_againstExpiryByTwoOthers_freesOnce() {
        ConcurrencyLimiter limiter = limiter(1);
        List<Permit> old = new ArrayList<>();
        List<Acquisition> fresh = new ArrayList<>();
        AtomicLong lastExpired = new AtomicLong();
        Runnable acquire = () -> {
            Acquisition acquisition = limiter.acquire(USER);
            synchronized (fresh) {
                fresh.add(acquisition);
            }
        };

        Race.run(
                ROUNDS,
                () -> {
                    old.clear();
                    fresh.clear();
                    old.add(permit(limiter));
                    ticker.advance(HOLD);
                },
                List.of(() -> old.get(0).close(), acquire, acquire),
                () -> {
                    List<Permit> held = fresh.stream()
                            .filter(Acquisition::granted)
                            .map(one -> ((Acquisition.Granted) one).permit())
                            .toList();
                    long expired = limiter.expired("user").orElseThrow();
                    assertEquals(1, held.size(), "one place, so one of two gets it");
                    assertTrue(expired - lastExpired.getAndSet(expired) <= 1, "expired once at most");
                    assertEquals(1, limiter.inFlight("user").orElseThrow());
                    old.get(0).close();
                    assertEquals(1, limiter.inFlight("user").orElseThrow(), "the late close frees nobody else's place");
                    held.get(0).close();
                    assertEquals(0, limiter.trackedKeys("user").orElseThrow());
                });
        assertTrue(lastExpired.get() > 0, "the expiry never won");
    }

    @Test
    @Tag("ratelimit:M4")
    void acquire_manyThreadsAndFewKeys_isNeverOverTheMostAndLeavesNothing() {
        ConcurrencyLimiter limiter = limiter(3);
        List<AtomicInteger> running = new ArrayList<>();
        for (int key = 0; key < 4; key++) {
            running.add(new AtomicInteger());
        }
        AtomicInteger worst = new AtomicInteger();

        int passed = Parallel.count(8, 20_000, () -> {
            int key = random.nextInt(running.size());
            RequestFacts facts = RequestFacts.builder().userId("u" + key).build();
            return limiter.call(
                    facts,
                    () -> {
                        worst.accumulateAndGet(running.get(key).incrementAndGet(), Math::max);
                        Thread.onSpinWait();
                        running.get(key).decrementAndGet();
                        return true;
                    },
                    refused -> false);
        });

        assertTrue(worst.get() <= 3, "at most " + worst.get() + " ran at once");
        assertTrue(passed > 0);
        assertEquals(0, limiter.trackedKeys("user").orElseThrow());
        assertEquals(0, limiter.inFlight("user").orElseThrow());
        assertEquals(0, limiter.inFlight("tenant").orElseThrow());
    }

    @Test
    @Tag("ratelimit:A13")
    @Tag("ratelimit:A14")
    void shedder_closeAgainstExpiry_freesOnce() {
        LoadShedder shedder = LoadShedder.builder(1)
                .reserve(Priority.CRITICAL, 0)
                .reserve(Priority.NORMAL, 0)
                .ticker(ticker)
                .build();
        List<Permit> old = new ArrayList<>();
        List<LoadShedder.Admission> fresh = new ArrayList<>();
        Runnable admit = () -> {
            LoadShedder.Admission admission = shedder.admit(Priority.NORMAL);
            synchronized (fresh) {
                fresh.add(admission);
            }
        };

        Race.run(
                ROUNDS,
                () -> {
                    old.clear();
                    fresh.clear();
                    old.add(((LoadShedder.Admission.Admitted) shedder.admit(Priority.NORMAL)).permit());
                    ticker.advance(HOLD);
                },
                List.of(() -> old.get(0).close(), () -> old.get(0).close(), admit, admit),
                () -> {
                    assertTrue(shedder.inFlight(Priority.NORMAL) <= 1);
                    fresh.forEach(one -> one.fold(
                            admitted -> {
                                admitted.permit().close();
                                return true;
                            },
                            shed -> false));
                    assertEquals(0, shedder.inFlight(Priority.NORMAL));
                });
        assertTrue(shedder.expired() > 0, "the expiry never won");
        assertTrue(shedder.expired() < ROUNDS + 1, "no seat expired twice");
    }

    @Test
    void shedder_manyThreads_areNeverOverTheCeilings() {
        LoadShedder shedder = LoadShedder.builder(10).ticker(ticker).build();
        List<Priority> priorities = List.of(Priority.values());
        AtomicInteger low = new AtomicInteger();
        AtomicInteger all = new AtomicInteger();
        AtomicInteger worstLow = new AtomicInteger();
        AtomicInteger worstAll = new AtomicInteger();

        Parallel.count(16, 10_000, () -> {
            Priority priority = priorities.get(random.nextInt(3));
            return shedder.admit(priority)
                    .fold(
                            admitted -> {
                                int lows = priority == Priority.LOW ? low.incrementAndGet() : 0;
                                worstLow.accumulateAndGet(lows, Math::max);
                                worstAll.accumulateAndGet(all.incrementAndGet(), Math::max);
                                Thread.onSpinWait();
                                all.decrementAndGet();
                                low.addAndGet(priority == Priority.LOW ? -1 : 0);
                                admitted.permit().close();
                                return true;
                            },
                            shed -> false);
        });

        assertTrue(worstLow.get() <= 6, "LOW: " + worstLow.get());
        assertTrue(worstAll.get() <= 10, "all: " + worstAll.get());
        for (Priority priority : Priority.values()) {
            assertEquals(0, shedder.inFlight(priority));
        }
    }
}
