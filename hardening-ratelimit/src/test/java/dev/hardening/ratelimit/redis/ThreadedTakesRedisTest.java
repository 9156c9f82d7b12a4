package dev.hardening.ratelimit.redis;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.ThreadedTakes;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.SeededRandom;
import dev.hardening.testing.TestRedis;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bound of a bucket on a real server in every window, while threads race and time passes. */
@Tag("slow")
@Tag("database")
@Tag("ratelimit:E1")
class ThreadedTakesRedisTest {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final List<Limit> LIMITS = List.of(
            new Limit("fast", 400, 300, Duration.ofSeconds(1)),
            new Limit("even", 420, 240, Duration.ofSeconds(1)),
            new Limit("slow", 440, 10_000, Duration.ofMinutes(1)));

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 64})
    void take_manyThreadsInRealTime_grantWhatTheLimitsAllow(int threads) {
        try (RedisBucketStore store = RedisBucketStore.builder(REDIS.uri())
                .requestTimeout(Duration.ofSeconds(5))
                .build()) {
            Space warm = store.open("warm", LIMITS);
            Eventually.until(
                    DEADLINE, "the store answers", () -> warm.take("k", 1).granted());

            ThreadedTakes.requireExact(
                    store, threads, Duration.ofMillis(600), LIMITS, SeededRandom.of("ThreadedTakesRedisTest"));
        }
    }
}
