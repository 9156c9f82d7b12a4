package dev.hardening.ratelimit.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Health;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.ratelimit.SharedFake;
import dev.hardening.testing.FakeTicker;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TimedStoreTest {
    private static final List<Limit> LIMITS = List.of(Limit.of("a", 2, Duration.ofDays(1)));

    private final FakeTicker ticker = FakeTicker.create();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, new Ticking(ticker));
    private final RateLimitMeters meters = RateLimitMeters.create(registry);
    private final SharedFake shared = new SharedFake(ticker);

    private record Ticking(FakeTicker ticker) implements Clock {
        @Override
        public long wallTime() {
            return 0;
        }

        @Override
        public long monotonicTime() {
            return ticker.getAsLong();
        }
    }

    private Timer timer(String source) {
        return registry.get("hardening.ratelimit.decision")
                .tag("policy", "api")
                .tag("store", "redis")
                .tag("source", source)
                .timer();
    }

    @Test
    void take_aroundTheGuard_isToldApartBySource() {
        BucketStore store = meters.timed(
                "redis", BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker)));
        Space space = store.open(SpaceSpec.of("api", LIMITS).withFailureMode(FailureMode.LOCAL));
        assertTrue(space.take("k", 2).granted());
        assertFalse(space.take("k", 1).granted());
        assertFalse(space.knownRefusal("k", 1).orElseThrow().granted());
        assertTrue(space.knownRefusal("other", 1).isEmpty());
        space.takeAsync("other", 1).toCompletableFuture().join();
        shared.silent = true;
        for (int call = 0; call < 100; call++) {
            space.take("third", 1);
        }

        assertEquals(3, timer("shared").count());
        assertEquals(1, timer("deny_cache").count());
        assertEquals(100, timer("fallback").count());
        assertEquals(Health.Status.DOWN, store.health().status());
    }

    @Test
    void time_ofTheStore_isPassedOn() {
        Instant now = Instant.parse("2026-11-22T23:30:00Z");
        BucketStore store = new BucketStore() {
            @Override
            public Space open(SpaceSpec spec) {
                return shared.open(spec);
            }

            @Override
            public Optional<Instant> time() {
                return Optional.of(now);
            }
        };

        assertEquals(Optional.of(now), meters.timed("redis", store).time());
        assertEquals(Optional.empty(), meters.timed("redis", shared).time());
    }

    @Test
    void take_slowOrSilentStore_isTimedToTheNanosecond() {
        Space space = meters.timed("redis", shared).open("api", LIMITS);
        shared.inside = () -> ticker.advance(Duration.ofMillis(7));

        space.take("k", 1);
        space.peek("k", 1);
        shared.silent = true;
        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
        assertTrue(space.takeAsync("k", 1).toCompletableFuture().isCompletedExceptionally());

        assertEquals(1, timer("shared").count());
        assertEquals(7, timer("shared").totalTime(TimeUnit.MILLISECONDS));
        assertEquals(2, timer("none").count());
        assertEquals(14, timer("none").totalTime(TimeUnit.MILLISECONDS));
    }

    @Test
    void everythingElse_goesToTheStore() {
        BucketStore store = meters.timed("redis", shared);
        Space space = store.open("api", LIMITS);

        space.debit("k", 1);
        assertEquals(1, space.peek("k", 1).available());
        space.credit("k", 1);
        assertEquals(2, space.peek("k", 1).available());
        space.debitAsync("k", 2).toCompletableFuture().join();
        assertFalse(space.peekAsync("k", 1).toCompletableFuture().join().granted());
        space.creditAsync("k", 1).toCompletableFuture().join();
        assertTrue(space.peek("k", 1).granted());
        space.reset("k");
        assertEquals(2, space.peek("k", 1).available());
        store.close();
        assertTrue(shared.closed);
    }
}
