package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.ProxiedSpec;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.ratelimit.RateLimitEvent.StoreFailed;
import dev.hardening.ratelimit.internal.StoreClock;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A caller who keeps his thread for a decision needs no other, and waits for a silent store once. */
@Tag("ratelimit:O4")
@Timeout(60)
class WaitingCheckTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final RequestFacts FACTS = RequestFacts.builder()
            .userId("u")
            .tenantId("t")
            .attribute("plan", "pro")
            .build();

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingListener listener = new RecordingListener();
    private final ExecutorService wire = Executors.newSingleThreadExecutor();
    private final ExecutorService threads = Executors.newSingleThreadExecutor();

    @AfterEach
    void end() {
        wire.shutdownNow();
        threads.shutdownNow();
    }

    private static Policy.Builder perUser(String name) {
        return Policy.named(name).key(Keys.user()).limit(Limit.of("a", 5, MINUTE));
    }

    private static Policy tiered(String name) {
        return perUser(name)
                .tier("pro", Limit.of("a", 50, MINUTE))
                .tierBy(facts -> facts.attribute("plan"))
                .build();
    }

    /** Two policies in a store whose answers arrive on one thread and are handed over on another. */
    private RateLimiter proxied() {
        return proxied(threads, Duration.ofSeconds(10));
    }

    private RateLimiter proxied(Executor handing, Duration timeout) {
        HeapProxyManager manager = new HeapProxyManager(true, StoreClock.of(FakeClock.create()));
        manager.wire = wire;
        return RateLimiter.builder()
                .store(BucketStores.proxied(
                        manager, ProxiedSpec.standard().withTimeout(timeout).withExecutor(handing)))
                .policy(tiered("a"))
                .policy(perUser("b").build())
                .build();
    }

    @Test
    void check_onTheOnlyThreadThatHandsOverAnswers_needsNoOther() throws Exception {
        RateLimiter limiter = proxied();
        limiter.admin().block("b", RequestFacts.builder().userId("other").build(), MINUTE);

        Decision decision = threads.submit(() -> limiter.check(FACTS)).get(30, TimeUnit.SECONDS);

        assertEquals(Outcome.ALLOWED, decision.outcome());
        assertFalse(decision.degraded());
    }

    @Test
    void check_thoseThreadsBusyForEver_answers() {
        RateLimiter limiter = proxied();
        CountDownLatch never = new CountDownLatch(1);
        threads.execute(() -> {
            try {
                never.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });

        for (int call = 0; call < 5; call++) {
            assertEquals(Outcome.ALLOWED, limiter.check(FACTS).outcome());
        }

        assertEquals(Outcome.DENIED, limiter.check(FACTS).outcome());
        never.countDown();
    }

    @Test
    void checkAsync_thoseThreadsDropWhatTheyAreGiven_endsAllTheSame() throws Exception {
        RateLimiter limiter = proxied(dropped -> {}, Duration.ofMillis(200));

        Decision waited = limiter.check(FACTS);
        Decision decision = limiter.checkAsync(FACTS).toCompletableFuture().get(30, TimeUnit.SECONDS);

        assertEquals(Outcome.ALLOWED, waited.outcome());
        assertEquals(Outcome.STORE_DENIED, decision.outcome());
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureMode.class,
            names = {"OPEN", "CLOSED"})
    void check_manyPoliciesOnASilentStore_areWaitedForOnce(FailureMode mode) {
        SharedFake shared = new SharedFake(ticker);
        RateLimiter.Builder builder =
                RateLimiter.builder().store(shared).ticker(ticker).listener(listener);
        for (String name : List.of("a", "b", "c", "d", "e")) {
            builder.policy(perUser(name).onStoreFailure(mode).build());
        }
        RateLimiter limiter = builder.build();
        limiter.check(FACTS);
        ticker.advance(MINUTE);
        shared.silent = true;
        shared.commands.set(0);
        shared.inside = () -> ticker.advance(Duration.ofMillis(50));

        Decision decision = limiter.check(FACTS);

        assertEquals(mode == FailureMode.OPEN ? Outcome.ALLOWED : Outcome.STORE_DENIED, decision.outcome());
        assertEquals(mode == FailureMode.OPEN, decision.degraded());
        assertEquals(1, shared.commands.get(), "who is blocked, and then nothing more");
        long told = listener.failed.stream()
                .filter(event -> event.operation() == Operation.TAKE)
                .count();
        assertEquals(mode == FailureMode.OPEN ? 5 : 1, told);
    }

    @Test
    @Tag("ratelimit:E7")
    void check_refusedInTheHeap_asksTheStoreNothingForTiersAndBlocks() {
        SharedFake shared = new SharedFake(ticker);
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .policy(Policy.named("tenant")
                        .key(Keys.tenant())
                        .limit(Limit.of("a", 3, Duration.ofDays(1)))
                        .build())
                .policy(tiered("user"), shared)
                .build();
        limiter.admin().block("user", RequestFacts.builder().userId("bad").build(), Duration.ofDays(1));
        for (int call = 0; call < 3; call++) {
            assertTrue(limiter.check(FACTS).allowed());
        }
        shared.commands.set(0);

        for (int call = 0; call < 1_000; call++) {
            ticker.advance(Duration.ofMillis(10));
            RequestFacts somebody =
                    RequestFacts.builder().userId("u" + call).tenantId("t").build();
            assertEquals(List.of("tenant"), limiter.check(somebody).violated());
            assertEquals(
                    List.of("tenant"),
                    limiter.checkAsync(somebody).toCompletableFuture().join().violated());
        }

        assertEquals(0, shared.commands.get());
    }

    @Test
    void check_blockedInTheStore_givesTheHeapItsTokensBack() {
        SharedFake shared = new SharedFake(ticker);
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .policy(Policy.named("tenant")
                        .key(Keys.tenant())
                        .limit(Limit.of("a", 3, Duration.ofDays(1)))
                        .build())
                .policy(perUser("user").build(), shared)
                .build();
        limiter.admin().block("user", FACTS, MINUTE);

        for (int call = 0; call < 10; call++) {
            assertEquals(List.of("user"), limiter.check(FACTS).violated());
            assertEquals(
                    List.of("user"),
                    limiter.checkAsync(FACTS).toCompletableFuture().join().violated());
        }

        assertEquals(
                3,
                limiter.admin()
                        .peek("tenant", FACTS)
                        .orElseThrow()
                        .statuses()
                        .get(0)
                        .remaining());
    }

    @Test
    void check_errorOfTheStoreWhileATierIsSettled_isAFailureAndOverWithIt() {
        AtomicBoolean broken = new AtomicBoolean(true);
        BucketStore store = new Spiteful(BucketStores.local(LocalSpec.standard().withTicker(ticker))) {
            @Override
            void beforeAPeek() {
                if (broken.get()) {
                    throw new StackOverflowError("of the store");
                }
            }
        };
        RateLimiter limiter = RateLimiter.builder()
                .store(store)
                .ticker(ticker)
                .listener(listener)
                .executor(Runnable::run)
                .policy(tiered("p"))
                .build();

        limiter.check(FACTS);
        assertEquals(
                List.of(Operation.BLOCK, Operation.SETTLE),
                listener.failed.stream().map(StoreFailed::operation).toList());
        broken.set(false);

        assertEquals(Outcome.ALLOWED, limiter.check(FACTS).outcome());
        assertEquals(
                Outcome.ALLOWED,
                limiter.checkAsync(FACTS).toCompletableFuture().join().outcome());
    }

    @Test
    @Tag("ratelimit:E5")
    void check_givingBackThrows_isToldAndTheRefusalStands() {
        BucketStore store = new Spiteful(BucketStores.local(LocalSpec.standard().withTicker(ticker))) {
            @Override
            void beforeAnUndo() {
                throw new IllegalStateException("no way back");
            }
        };
        RateLimiter limiter = RateLimiter.builder()
                .store(store)
                .listener(listener)
                .executor(Runnable::run)
                .policy(perUser("a").build())
                .policy(Policy.named("b")
                        .key(Keys.user())
                        .limit(Limit.of("a", 1, MINUTE))
                        .build())
                .build();
        limiter.check(FACTS);

        assertEquals(List.of("b"), limiter.check(FACTS).violated());
        assertEquals(
                List.of("b"),
                limiter.checkAsync(FACTS).toCompletableFuture().join().violated());
        assertEquals(
                2,
                listener.failed.stream()
                        .filter(event -> event.operation() == Operation.REFUND)
                        .count());
    }

    @Test
    void checkAsync_noThreadLeft_aKnownBlockHolds() {
        SharedFake shared = new SharedFake(ticker);
        RateLimiter limiter = RateLimiter.builder()
                .store(shared)
                .ticker(ticker)
                .executor(task -> {
                    throw new RejectedExecutionException("full");
                })
                .policy(perUser("p").onStoreFailure(FailureMode.OPEN).build())
                .build();
        limiter.admin().block("p", FACTS, MINUTE);
        assertEquals(Outcome.DENIED, limiter.check(FACTS).outcome());

        Decision decision = limiter.checkAsync(FACTS).toCompletableFuture().join();

        assertEquals(Outcome.DENIED, decision.outcome());
        RequestFacts other = RequestFacts.builder().userId("other").build();
        assertTrue(limiter.checkAsync(other).toCompletableFuture().join().allowed());
    }

    /** A store of somebody's own that throws what it should not. */
    private static class Spiteful implements BucketStore {
        private final BucketStore store;

        Spiteful(BucketStore store) {
            this.store = store;
        }

        void beforeAPeek() {}

        void beforeAnUndo() {}

        @Override
        public Space open(SpaceSpec spec) {
            Space space = store.open(spec);
            return new PassingSpace(space) {
                @Override
                public Take take(String key, long tokens) {
                    return new SpitefulTake(space.take(key, tokens), Spiteful.this::beforeAnUndo);
                }

                @Override
                public Take peek(String key, long tokens) {
                    beforeAPeek();
                    return space.peek(key, tokens);
                }
            };
        }
    }

    private record SpitefulTake(Take take, Runnable beforeAnUndo) implements Take {
        @Override
        public boolean granted() {
            return take.granted();
        }

        @Override
        public List<Level> levels() {
            return take.levels();
        }

        @Override
        public Source source() {
            return Source.SHARED;
        }

        @Override
        public void undo() {
            beforeAnUndo.run();
            take.undo();
        }

        @Override
        public CompletionStage<?> undoAsync() {
            undo();
            return CompletableFuture.completedStage(true);
        }
    }
}
