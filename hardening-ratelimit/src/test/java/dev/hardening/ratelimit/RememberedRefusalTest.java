package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Refusals that a limiter knows of without asking its store. */
@Tag("ratelimit:E7")
class RememberedRefusalTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final RequestFacts FACTS =
            RequestFacts.builder().userId("u").tenantId("t").build();

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final RecordingListener listener = new RecordingListener();

    private static Policy policy(String name, KeySpec key, long amount) {
        return Policy.named(name).key(key).limit(Limit.of("a", amount, HOUR)).build();
    }

    private RateLimiter limiter(Policy... policies) {
        RateLimiter.Builder builder = RateLimiter.builder()
                .store(BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker)))
                .ticker(ticker)
                .listener(listener);
        List.of(policies).forEach(builder::policy);
        return builder.build();
    }

    static Stream<Function<RateLimiter, CompletionStage<Decision>>> ways() {
        return Stream.of(
                limiter -> CompletableFuture.completedStage(limiter.check(FACTS)),
                limiter -> limiter.checkAsync(FACTS));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void check_refusedAMomentAgo_isToldAsByTheStoreAndCostsItNothing(
            Function<RateLimiter, CompletionStage<Decision>> way) {
        RateLimiter limiter = RateLimiter.builder()
                .store(BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker)))
                .ticker(ticker)
                .listener(listener)
                .executor(Runnable::run)
                .policy(policy("tenant", Keys.tenant(), 10))
                .policy(policy("user", Keys.user(), 2))
                .build();
        limiter.check(FACTS);
        limiter.check(FACTS);
        Decision first = limiter.check(FACTS);
        assertEquals(Outcome.DENIED, first.outcome());
        int decided = listener.decided.size();
        shared.commands.set(0);
        ticker.advance(Duration.ofMillis(100));

        Decision again = way.apply(limiter).toCompletableFuture().join();

        assertEquals(0, shared.commands.get());
        assertEquals(Outcome.DENIED, again.outcome());
        assertEquals(first.violated(), again.violated());
        assertEquals(first.retryAfter().minusMillis(100), again.retryAfter());
        assertFalse(again.degraded());
        LimitStatus status = again.statuses().get(0);
        assertEquals("user", status.policy());
        assertEquals(0, status.remaining());
        assertTrue(status.violated());
        assertEquals(decided + 1, listener.decided.size());
        again.refund();
        assertEquals(0, shared.commands.get(), "nothing was taken");
    }

    @Test
    void charge_ofARememberedRefusal_isDebitedAndSeenAtOnce() {
        RateLimiter limiter = limiter(policy("user", Keys.user(), 2));
        limiter.check(FACTS);
        limiter.check(FACTS);
        limiter.check(FACTS);
        Decision refused = limiter.check(FACTS);

        refused.charge("other", 5);
        refused.charge("user", 5);

        Duration wait = limiter.check(FACTS).retryAfter();
        assertEquals(HOUR.dividedBy(2).multipliedBy(6), wait);
        shared.silent = true;
        limiter.check(FACTS).charge("user", 1);
        assertEquals(Operation.PENALTY, listener.failed.get(0).operation());
    }

    @Test
    void check_blockedOrOnTrialOrReset_isNotAnsweredFromMemory() {
        RateLimiter limiter = limiter(policy("user", Keys.user(), 1));
        limiter.check(FACTS);
        assertFalse(limiter.check(FACTS).allowed());

        limiter.admin().reset("user", FACTS);
        assertTrue(limiter.check(FACTS).allowed());
        assertFalse(limiter.check(FACTS).allowed());
        limiter.admin().reward("user", FACTS, 1);
        limiter.admin().block("user", FACTS, HOUR.multipliedBy(3));
        assertEquals(HOUR.multipliedBy(3), limiter.check(FACTS).retryAfter());
        limiter.admin().unblock("user", FACTS);
        assertTrue(limiter.check(FACTS).allowed());
        assertFalse(limiter.check(FACTS).allowed());
        limiter.switchTo(Policy.Mode.SHADOW);
        assertEquals(Outcome.SHADOW_DENIED, limiter.check(FACTS).outcome());
    }
}
