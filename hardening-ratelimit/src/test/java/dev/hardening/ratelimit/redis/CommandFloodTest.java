package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.KeptKeys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.FaultyProxy;
import dev.hardening.testing.PrivateRedis;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is kept of calls that nothing answers: Lettuce alone would queue them without a bound. */
@Tag("slow")
@Tag("ratelimit:O5")
class CommandFloodTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Duration PATIENT = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofMillis(100);
    private static final List<Limit> LIMITS = List.of(Limit.of("a", 1_000_000, Duration.ofHours(1)));
    private static final int MOST_WAITING = 10_000;
    private static final int BEYOND = 1_000;
    /** For how many keys calls travel together; a proxy is kept for each. */
    private static final int MOST_PROXIES = 10_000;

    private static final int FALLBACK_KEYS = 1_000;
    private static final int MINUTE_OF_TENTHS = 600;
    private static final int CALLS_A_TENTH = 100;
    private static final long MOST_GROWN = 16L << 20;

    private static RedisBucketStore to(int port, Duration timeout) {
        return RedisBucketStore.builder("redis://127.0.0.1:" + port)
                .requestTimeout(timeout)
                .build();
    }

    private static void untilItAnswers(Space space) {
        Eventually.until(DEADLINE, "the store answers", () -> space.take("k", 1).granted());
    }

    /** Before the time of the very first of them is over, nothing but the want of room can have failed them. */
    @Test
    void takeAsync_moreThanMayWait_failAtOnce() {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy network = FaultyProxy.to(redis.port());
                RedisBucketStore store = to(network.port(), PATIENT)) {
            Space space = store.open("flood", LIMITS);
            untilItAnswers(space);
            network.swallow();
            AtomicInteger refused = new AtomicInteger();

            long begin = System.nanoTime();
            for (int call = 0; call < MOST_WAITING + BEYOND; call++) {
                space.takeAsync("k" + call, 1).whenComplete((take, failure) -> {
                    boolean early = System.nanoTime() - begin < PATIENT.toNanos();
                    refused.addAndGet(failure != null && early ? 1 : 0);
                });
            }

            Eventually.until(PATIENT, "those beyond have failed", () -> refused.get() >= BEYOND);
        }
    }

    /** A thousand calls a second for a minute: half of them to the store itself, half behind a guard. */
    @Test
    @Tag("long")
    void takeAsync_aMinuteOfOutage_leavesTheHeapFlat() throws Exception {
        try (PrivateRedis redis = PrivateRedis.start();
                FaultyProxy network = FaultyProxy.to(redis.port());
                RedisBucketStore bare = to(network.port(), TIMEOUT);
                BucketStore guarded = BucketStores.guarded(
                        to(network.port(), TIMEOUT), OutageSpec.standard().withFallbackKeys(FALLBACK_KEYS))) {
            Space closed = bare.open("closed", LIMITS);
            Space local = guarded.open(SpaceSpec.of("local", LIMITS).withFailureMode(FailureMode.LOCAL));
            untilItAnswers(closed);
            untilItAnswers(local);
            network.swallow();
            KeptKeys keys = new KeptKeys("minute-");
            AtomicInteger ended = new AtomicInteger();
            long[] before = new long[1];

            everyTenth(MINUTE_OF_TENTHS, tenth -> {
                // The caches are full after the first third of the minute.
                before[0] = tenth == MINUTE_OF_TENTHS / 3 ? liveHeap() : before[0];
                for (int call = 0; call < CALLS_A_TENTH; call++) {
                    (call % 2 == 0 ? closed : local)
                            .takeAsync(keys.next(), 1)
                            .whenComplete((take, failure) -> ended.incrementAndGet());
                }
            });

            Eventually.until(DEADLINE, "every call has ended", () -> ended.get() == keys.sent());
            assertEquals(MINUTE_OF_TENTHS * CALLS_A_TENTH, keys.sent());
            keys.requireAtMost(MOST_PROXIES + 2 * FALLBACK_KEYS);
            long grown = liveHeap() - before[0];
            assertTrue(grown < MOST_GROWN, "grown by " + grown + " bytes");
            network.heal();
            untilItAnswers(closed);
        }
    }

    private interface Step {
        void run(int number);
    }

    private static void everyTenth(int times, Step step) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(times);
        AtomicInteger number = new AtomicInteger();
        ScheduledThreadPoolExecutor pace = new ScheduledThreadPoolExecutor(1);
        try {
            Future<?> unused = pace.scheduleAtFixedRate(
                    () -> {
                        if (left.getCount() > 0) {
                            step.run(number.getAndIncrement());
                            left.countDown();
                        }
                    },
                    0,
                    100,
                    TimeUnit.MILLISECONDS);
            assertTrue(left.await(5, TimeUnit.MINUTES), "the calls did not go through");
        } finally {
            pace.shutdownNow();
        }
    }

    private static long liveHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
