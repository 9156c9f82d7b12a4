package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.BucketStores.ProxiedSpec;
import dev.hardening.ratelimit.internal.StoreClock;
import dev.hardening.testing.FakeClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets on a proxy manager of the user's own. */
class ProxiedBucketStoreTest {
    private static final List<Limit> LIMITS = List.of(new Limit("a", 10, 1, Duration.ofHours(1)));

    private static HeapProxyManager manager(boolean async) {
        return new HeapProxyManager(async, StoreClock.of(FakeClock.create()));
    }

    @Nested
    class Waiting extends Contract {
        Waiting() {
            super(false, ProxiedSpec.standard());
        }
    }

    @Nested
    class NotWaiting extends Contract {
        NotWaiting() {
            super(true, ProxiedSpec.standard());
        }
    }

    @Nested
    class WithoutBatching extends Contract {
        WithoutBatching() {
            super(false, ProxiedSpec.standard().withProxies(0));
        }
    }

    @Nested
    class NotWaitingWithoutBatching extends Contract {
        NotWaitingWithoutBatching() {
            super(true, ProxiedSpec.standard().withProxies(0));
        }
    }

    abstract static class Contract extends BucketStoreContract {
        private final FakeClock clock = FakeClock.create();
        private final BucketStore store;

        Contract(boolean async, ProxiedSpec spec) {
            store = BucketStores.proxied(new HeapProxyManager(async, StoreClock.of(clock)), spec);
        }

        @Override
        protected BucketStore store() {
            return store;
        }

        @Override
        protected void advance(Duration step) {
            clock.advance(step);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:O4")
    void take_managerThrows_isUnavailableAndTheKeyGoesOnAfterwards(boolean async) {
        HeapProxyManager manager = manager(async);
        Space space = BucketStores.proxied(manager).open("throwing", LIMITS);
        space.take("k", 1);

        manager.throwing = true;
        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
        CompletionException failure = assertThrows(
                CompletionException.class,
                () -> space.takeAsync("k", 1).toCompletableFuture().join());
        assertInstanceOf(RateLimitUnavailableException.class, failure.getCause());
        manager.throwing = false;

        assertEquals(8, space.take("k", 1).available());
    }

    @Test
    @Tag("ratelimit:O4")
    void take_managerNeverAnswers_isUnavailableAfterTheTimeout() {
        HeapProxyManager manager = manager(true);
        Space space = BucketStores.proxied(manager, ProxiedSpec.standard().withTimeout(Duration.ofMillis(20)))
                .open("silent", LIMITS);
        manager.silent = true;

        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
        assertThrows(RateLimitUnavailableException.class, () -> space.credit("k", 1));
        CompletionException failure = assertThrows(
                CompletionException.class,
                () -> space.takeAsync("k", 1).toCompletableFuture().join());
        assertInstanceOf(RateLimitUnavailableException.class, failure.getCause());
    }

    @Test
    void takeAsync_managerThatWaits_asksOnTheExecutorIfThereIsOne() {
        ExecutorService threads = Executors.newSingleThreadExecutor(step -> new Thread(step, "asking"));
        try {
            Space own = BucketStores.proxied(
                            manager(false), ProxiedSpec.standard().withExecutor(threads))
                    .open("own", LIMITS);
            Space callers = BucketStores.proxied(manager(false)).open("callers", LIMITS);

            assertFalse(own.blocking());
            assertTrue(callers.blocking());
            assertTrue(own.takeAsync("k", 1).toCompletableFuture().join().granted());
            assertTrue(callers.takeAsync("k", 1).toCompletableFuture().join().granted());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void takeAsync_managerThatNeedNotBeWaitedFor_handsOnElsewhere() {
        ExecutorService threads = Executors.newSingleThreadExecutor(step -> new Thread(step, "handing-on"));
        try {
            Space space = BucketStores.proxied(
                            manager(true), ProxiedSpec.standard().withExecutor(threads))
                    .open("elsewhere", LIMITS);

            String thread = space.takeAsync("k", 1)
                    .thenApplyAsync(take -> Thread.currentThread().getName(), threads)
                    .toCompletableFuture()
                    .join();

            assertEquals("handing-on", thread);
            assertFalse(space.blocking());
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:A20")
    void open_sameVersionOtherFiguresElsewhere_neverGivesATokenToEither(boolean async) {
        HeapProxyManager manager = manager(async);
        List<Limit> other = List.of(new Limit("a", 100, 1, Duration.ofHours(1)));
        Space one =
                BucketStores.proxied(manager).open(SpaceSpec.of("same", LIMITS).withVersion(3));
        Space two =
                BucketStores.proxied(manager).open(SpaceSpec.of("same", other).withVersion(3));

        long granted = 0;
        for (int round = 0; round < 20; round++) {
            granted += one.take("k", 1).granted() ? 1 : 0;
            granted += two.take("k", 1).granted() ? 1 : 0;
        }

        assertEquals(10, granted);
    }

    @Test
    @Tag("ratelimit:L3")
    void open_withoutAVersionBesideOne_goesByTheVersion() {
        HeapProxyManager manager = manager(true);
        Space versioned = BucketStores.proxied(manager)
                .open(SpaceSpec.of("beside", LIMITS).withVersion(1));
        Space without =
                BucketStores.proxied(manager).open("beside", List.of(new Limit("a", 100, 1, Duration.ofHours(1))));
        versioned.take("k", 1);

        assertEquals(8, without.take("k", 1).available());
        int reads = manager.reads.get();
        versioned.take("k", 1);

        assertEquals(1, manager.reads.get() - reads, "nothing had to be changed back");
    }

    @Test
    void spec_outOfRange_isRefused() {
        ProxiedSpec spec = ProxiedSpec.standard();

        assertThrows(IllegalArgumentException.class, () -> spec.withProxies(-1));
        assertThrows(IllegalArgumentException.class, () -> spec.withProxies(1_000_001));
        assertThrows(IllegalArgumentException.class, () -> spec.withTimeout(Duration.ofMillis(4)));
        assertThrows(IllegalArgumentException.class, () -> spec.withTimeout(Duration.ofSeconds(61)));
        assertEquals(1_000_000, spec.withProxies(1_000_000).proxies());
        assertEquals(
                Duration.ofMillis(5), spec.withTimeout(Duration.ofMillis(5)).timeout());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:O4")
    void take_wrongUse_isNotTakenForASilentStore(boolean async) {
        RecordingListener listener = new RecordingListener();
        BucketStore guarded = BucketStores.guarded(
                BucketStores.proxied(manager(async)), OutageSpec.standard().withListener(listener));
        Space space = guarded.open(SpaceSpec.of("wrong", LIMITS).withFailureMode(FailureMode.LOCAL));

        for (int call = 0; call < 20; call++) {
            assertThrows(IllegalArgumentException.class, () -> space.take("k", 0));
            assertThrows(IllegalArgumentException.class, () -> space.debit("k", -1));
            CompletionException failure = assertThrows(
                    CompletionException.class,
                    () -> space.takeAsync("k", 0).toCompletableFuture().join());
            assertInstanceOf(IllegalArgumentException.class, failure.getCause());
        }

        assertEquals(9, space.take("k", 1).available());
        assertEquals(BucketStore.Health.Status.UP, guarded.health().status());
        assertEquals(0, listener.failed.size());
    }
}
