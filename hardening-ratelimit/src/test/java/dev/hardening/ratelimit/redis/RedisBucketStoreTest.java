package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStoreContract;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestRedis;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
class RedisBucketStoreTest extends BucketStoreContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    private static final Duration MINUTE = Duration.ofMinutes(1);
    /** The machine that runs the tests may be busy; what is tested here is not speed. */
    private static final Duration PATIENT = Duration.ofSeconds(5);

    private final FakeClock clock = FakeClock.create();
    private final RedisBucketStore store = another();

    @Override
    protected BucketStore store() {
        return store;
    }

    @Override
    protected void advance(Duration step) {
        clock.advance(step);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private RedisBucketStore another() {
        return RedisBucketStore.builder(REDIS.uri())
                .requestTimeout(PATIENT)
                .clock(clock)
                .build();
    }

    @Test
    @Tag("ratelimit:E2")
    void take_twoStoresAtOnce_grantExactlyTheCapacity() {
        try (RedisBucketStore second = another()) {
            List<Limit> limits = List.of(Limit.of("a", 60, MINUTE));
            Space one = store.open("two", limits);
            Space other = second.open("two", limits);

            int granted = Parallel.count(8, 20, () -> {
                Space space = Thread.currentThread().getId() % 2 == 0 ? one : other;
                return space.take("new", 1).granted();
            });

            assertEquals(60, granted);
        }
    }

    @Test
    void status_afterATake_isConnected() {
        store.open("status", List.of(Limit.of("a", 1, MINUTE))).take("k", 1);

        assertTrue(store.status().connected());
        assertEquals(1, store.status().connections());
        assertTrue(store.status().clockSkew().isPresent());
        assertFalse(store.toString().contains("not"));
    }
}
