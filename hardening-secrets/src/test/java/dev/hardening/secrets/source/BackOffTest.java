package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SeededSecureRandom;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("secrets:R3")
class BackOffTest {
    private static final int SEEDS = 1_000;
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    @Test
    void after_thousandSeeds_staysWithinHalfAndAllOfTheCeiling() {
        Set<Duration> firstDelays = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            BackOff backOff = new BackOff(INTERVAL, LONGEST, new SeededSecureRandom("back-off " + seed));
            firstDelays.add(backOff.after(1));
            for (int failures = 1; failures <= 40; failures++) {
                long ceiling = Math.min(10L << Math.min(failures - 1, 10), 60);
                Duration delay = backOff.after(failures);

                assertTrue(delay.compareTo(Duration.ofSeconds(ceiling).dividedBy(2)) >= 0, () -> "" + delay);
                assertTrue(delay.compareTo(Duration.ofSeconds(ceiling)) <= 0, () -> "" + delay);
            }
        }
        assertTrue(firstDelays.size() > SEEDS * 9 / 10, "delays of different processes differ");
    }

    @Test
    void after_thousandSeeds_reachesBothEnds() {
        long shortest = Long.MAX_VALUE;
        long longest = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            long delay = new BackOff(INTERVAL, LONGEST, new SeededSecureRandom("ends " + seed))
                    .after(1)
                    .toMillis();
            shortest = Math.min(shortest, delay);
            longest = Math.max(longest, delay);
        }

        assertTrue(shortest < 5_100 && longest > 9_900, shortest + " to " + longest);
    }

    @Test
    void after_noFailure_isTheInterval() {
        assertEquals(INTERVAL, new BackOff(INTERVAL, LONGEST, new SeededSecureRandom("none")).after(0));
    }

    @Test
    void after_longestInterval_doesNotOverflow() {
        Duration day = Duration.ofDays(1);

        Duration delay = new BackOff(day, day, new SeededSecureRandom("day")).after(Integer.MAX_VALUE);

        assertTrue(delay.compareTo(day.dividedBy(2)) >= 0 && delay.compareTo(day) <= 0);
    }

    @Test
    void schedule_failuresInARow_doublesAndStartsOverAfterRecovery() {
        FakeReader place = new FakeReader(Map.of("A", "1"));
        ManualScheduler scheduler = new ManualScheduler();
        FakeTicker ticker = FakeTicker.create();
        WatchedSource.builder()
                .name("lms")
                .reader(place)
                .scheduler(scheduler)
                .ticker(ticker)
                .random(new SeededSecureRandom("schedule"))
                .build();
        assertEquals(INTERVAL, scheduler.delay());
        place.fail(() -> new SecretsUnavailableException("down"));

        for (long ceiling : new long[] {10, 20, 40, 60, 60}) {
            ticker.advance(scheduler.delay());
            scheduler.run();
            assertTrue(scheduler.delay().compareTo(Duration.ofSeconds(ceiling)) <= 0);
            assertTrue(scheduler.delay().compareTo(Duration.ofSeconds(ceiling).dividedBy(2)) >= 0);
        }
        place.heal();
        scheduler.run();

        assertEquals(INTERVAL, scheduler.delay());
    }
}
