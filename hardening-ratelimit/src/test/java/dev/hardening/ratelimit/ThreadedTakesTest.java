package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bound of the heap's buckets in every window, while threads race and time passes. */
@Tag("slow")
@Tag("ratelimit:E1")
class ThreadedTakesTest {
    private static final List<Limit> LIMITS = List.of(
            new Limit("fast", 2_000, 1_500, Duration.ofSeconds(1)),
            new Limit("even", 2_100, 1_200, Duration.ofSeconds(1)),
            new Limit("slow", 2_200, 50_000, Duration.ofMinutes(1)));

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 64})
    void take_manyThreadsInRealTime_grantWhatTheLimitsAllow(int threads) {
        ThreadedTakes.requireExact(
                BucketStores.local(LocalSpec.standard()),
                threads,
                Duration.ofMillis(300),
                LIMITS,
                SeededRandom.of("ThreadedTakesTest"));
    }
}
