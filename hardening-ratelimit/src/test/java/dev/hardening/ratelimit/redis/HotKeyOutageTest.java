package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.PrivateRedis;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** One key that everybody asks for while there is no Redis, and nothing in front of the store. */
@Tag("database")
@Tag("slow")
class HotKeyOutageTest {
    private static final int THREADS = 64;
    private static final int CALLS = 2_000;
    private static final Duration TIMEOUT = Duration.ofMillis(250);
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final List<Limit> LIMITS = List.of(Limit.of("a", 1_000_000, Duration.ofHours(1)));

    private final Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final AtomicLong longest = new AtomicLong();

    @Test
    @Tag("ratelimit:O4")
    @Tag("ratelimit:O6")
    void take_hotKeyWithoutRedis_failsFastWithoutAnErrorAndAnswersOnceRedisIsThere() {
        int port = PrivateRedis.freePort();
        try (RedisBucketStore store = RedisBucketStore.builder("redis://127.0.0.1:" + port)
                .requestTimeout(TIMEOUT)
                .build()) {
            Space space = store.open("hot", LIMITS);

            int refused = Parallel.count(THREADS, CALLS, () -> refusedInTime(space));

            assertEquals(THREADS * CALLS, refused);
            assertTrue(errors.isEmpty(), () -> errors.size() + " errors, such as " + errors.peek());
            long millis = TimeUnit.NANOSECONDS.toMillis(longest.get());
            assertTrue(millis < 2 * TIMEOUT.toMillis(), "one call took " + millis + " ms");
            longest.set(0);
            assertTrue(refusedInTime(space));
            assertTrue(longest.get() < TIMEOUT.toNanos() / 5, "alone it took " + longest.get() + " ns");
            requireAnswersOnceThere(space, port);
        }
    }

    private static void requireAnswersOnceThere(Space space, int port) {
        try (PrivateRedis redis = PrivateRedis.startOn(port)) {
            Eventually.until(
                    DEADLINE, "the store answers", () -> space.take("k", 1).granted());
            assertTrue(redis.command("DBSIZE").startsWith(":1"));
        }
    }

    private boolean refusedInTime(Space space) {
        long begin = System.nanoTime();
        RateLimitUnavailableException refusal =
                assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
        longest.accumulateAndGet(System.nanoTime() - begin, Math::max);
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            if (cause instanceof Error) {
                errors.add(cause);
            }
        }
        return true;
    }
}
