package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Decisions without waiting for a store. */
class AsyncCheckTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final LateStore late = new LateStore();
    private final RecordingListener listener = new RecordingListener();

    private RateLimiter limiter(Policy... policies) {
        RateLimiter.Builder builder = RateLimiter.builder().store(late).listener(listener);
        List.of(policies).forEach(builder::policy);
        return builder.build();
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

    @Test
    void checkAsync_twoSharedBuckets_areAskedSideBySide() {
        RateLimiter limiter = limiter(perUser("a", 5), perUser("b", 5));

        CompletableFuture<Decision> decision = limiter.checkAsync(user()).toCompletableFuture();

        assertEquals(2, late.waiting.size());
        assertFalse(decision.isDone());
        late.answerAll();
        assertTrue(decision.join().allowed());
        assertEquals(1, listener.decided.size());
    }

    @Test
    void checkAsync_oneRefuses_theOtherGetsItsTokensBack() {
        RateLimiter limiter = limiter(perUser("a", 5), perUser("b", 1));
        limiter.check(user());

        CompletableFuture<Decision> decision = limiter.checkAsync(user()).toCompletableFuture();
        late.answerAll();

        assertEquals(Outcome.DENIED, decision.join().outcome());
        assertEquals(List.of("b"), decision.join().violated());
        assertEquals(4, decision.join().statuses().get(0).remaining());
    }

    @Test
    void checkAsync_storeFails_isAnOutcome() {
        RateLimiter limiter = limiter(perUser("a", 5), perUser("b", 5));

        CompletableFuture<Decision> decision = limiter.checkAsync(user()).toCompletableFuture();
        late.waiting.remove(0).completeExceptionally(new RateLimitUnavailableException("gone"));
        late.answerAll();

        assertEquals(Outcome.STORE_DENIED, decision.join().outcome());
        assertEquals(1, listener.failed.size());
        assertEquals(5, limiter.check(user()).statuses().get(1).remaining() + 1);
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

    /** A shared store whose asynchronous answers come when a test says so. */
    private final class LateStore implements BucketStore {
        private final BucketStore real = BucketStores.local(LocalSpec.standard().withTicker(ticker));
        private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

        private void answerAll() {
            List<CompletableFuture<Void>> now = List.copyOf(waiting);
            waiting.clear();
            now.forEach(answer -> answer.complete(null));
        }

        @Override
        public Space open(SpaceSpec spec) {
            Space space = real.open(spec);
            return new Space() {
                @Override
                public Take take(String key, long tokens) {
                    return space.take(key, tokens);
                }

                @Override
                public Take peek(String key, long tokens) {
                    return space.peek(key, tokens);
                }

                @Override
                public void debit(String key, long tokens) {
                    space.debit(key, tokens);
                }

                @Override
                public void credit(String key, long tokens) {
                    space.credit(key, tokens);
                }

                @Override
                public void reset(String key) {
                    space.reset(key);
                }

                @Override
                public CompletionStage<Take> takeAsync(String key, long tokens) {
                    CompletableFuture<Void> answer = new CompletableFuture<>();
                    waiting.add(answer);
                    return answer.thenApply(done -> space.take(key, tokens));
                }

                @Override
                public boolean blocking() {
                    return false;
                }
            };
        }
    }
}
