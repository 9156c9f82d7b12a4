package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Decisions without waiting for a store. */
@Timeout(60)
class AsyncCheckTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final LateStore late = new LateStore(ticker);
    private final RecordingListener listener = new RecordingListener();

    private RateLimiter limiter(Policy... policies) {
        RateLimiter.Builder builder =
                RateLimiter.builder().store(late).ticker(ticker).listener(listener);
        List.of(policies).forEach(builder::policy);
        RateLimiter limiter = builder.build();
        // Whether anybody is blocked is asked once a second; here, that is once.
        CompletableFuture<Decision> first = limiter.checkAsync(
                        RequestFacts.builder().userId("first").build())
                .toCompletableFuture();
        late.answerUntil(first);
        listener.decided.clear();
        return limiter;
    }

    private static Policy perUser(String name, long amount) {
        return Policy.named(name)
                .key(Keys.user())
                .limit(Limit.of("a", amount, MINUTE))
                .build();
    }

    private static RequestFacts user() {
        return RequestFacts.builder().userId("u").build();
    }

    private Decision decided(RateLimiter limiter) {
        CompletableFuture<Decision> decision = limiter.checkAsync(user()).toCompletableFuture();
        late.answerUntil(decision);
        return decision.join();
    }

    @Test
    void checkAsync_twoSharedBuckets_areAskedSideBySide() {
        RateLimiter limiter = limiter(perUser("a", 5), perUser("b", 5));

        CompletableFuture<Decision> decision = limiter.checkAsync(user()).toCompletableFuture();

        assertEquals(2, late.waiting());
        assertFalse(decision.isDone());
        late.answerAll();
        assertTrue(decision.join().allowed());
        assertEquals(1, listener.decided.size());
    }

    @Test
    void checkAsync_oneRefuses_theOtherGetsItsTokensBack() {
        RateLimiter limiter = limiter(perUser("a", 5), perUser("b", 1));
        decided(limiter);

        CompletableFuture<Decision> decision = limiter.checkAsync(user()).toCompletableFuture();
        late.answerUntil(decision);

        assertEquals(Outcome.DENIED, decision.join().outcome());
        assertEquals(List.of("b"), decision.join().violated());
        assertEquals(4, decision.join().statuses().get(0).remaining());
    }

    @Test
    void checkAsync_storeFails_isAnOutcome() {
        RateLimiter limiter = limiter(perUser("a", 5), perUser("b", 5));

        CompletableFuture<Decision> decision = limiter.checkAsync(user()).toCompletableFuture();
        late.failFirst(new RateLimitUnavailableException("gone"));
        late.answerUntil(decision);

        assertEquals(Outcome.STORE_DENIED, decision.join().outcome());
        assertEquals(1, listener.failed.size());
        assertEquals(5, decided(limiter).statuses().get(1).remaining() + 1);
    }

    @Test
    void checkAsync_heapOnly_isDoneAtOnce() {
        RateLimiter limiter =
                RateLimiter.builder().ticker(ticker).policy(perUser("a", 1)).build();

        assertTrue(limiter.checkAsync(user()).toCompletableFuture().join().allowed());
        assertFalse(limiter.checkAsync(user()).toCompletableFuture().join().allowed());
    }

    @Test
    void checkAsync_storeThatBlocks_wantsAnExecutor() {
        BreakableStore blocking = new BreakableStore(BucketStores.local());
        RateLimiter without =
                RateLimiter.builder().store(blocking).policy(perUser("a", 1)).build();
        RateLimiter with = RateLimiter.builder()
                .store(blocking)
                .executor(Runnable::run)
                .policy(perUser("a", 1))
                .build();

        assertThrows(IllegalStateException.class, () -> without.checkAsync(user()));
        assertTrue(with.checkAsync(user()).toCompletableFuture().join().allowed());
    }

    @Test
    void checkAsync_executorIsFull_isDecidedByTheFailureModes() {
        BreakableStore blocking = new BreakableStore(BucketStores.local());
        RateLimiter.Builder full = RateLimiter.builder()
                .store(blocking)
                .listener(listener)
                .executor(task -> {
                    throw new RejectedExecutionException("full");
                });
        Policy open = Policy.named("open")
                .key(Keys.user())
                .limit(Limit.of("a", 1, MINUTE))
                .onStoreFailure(FailureMode.OPEN)
                .build();

        Decision through = full.policy(open)
                .build()
                .checkAsync(user())
                .toCompletableFuture()
                .join();
        Decision refused = full.policy(perUser("closed", 5))
                .build()
                .checkAsync(user())
                .toCompletableFuture()
                .join();

        assertTrue(through.allowed() && through.degraded());
        assertEquals(Outcome.STORE_DENIED, refused.outcome());
        assertEquals(List.of("closed"), refused.violated());
    }

    @Test
    void checkAsync_readerThrows_failsTheStageAndThrowsNothing() {
        Policy broken = Policy.named("broken")
                .key(Keys.custom("any", facts -> {
                    throw new IllegalStateException("reader");
                }))
                .limit(Limit.of("a", 1, MINUTE))
                .build();

        CompletableFuture<Decision> decision =
                limiter(broken).checkAsync(user()).toCompletableFuture();

        assertTrue(decision.isCompletedExceptionally());
    }
}
