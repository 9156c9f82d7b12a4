package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration NANO = Duration.ofNanos(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingListener listener = new RecordingListener();
    private final BreakableStore store =
            new BreakableStore(BucketStores.local(LocalSpec.standard().withTicker(ticker)));

    private static Policy.Builder perUser(String name, Limit... limits) {
        Policy.Builder policy = Policy.named(name).key(Keys.user());
        List.of(limits).forEach(policy::limit);
        return policy;
    }

    private static Policy user(Limit... limits) {
        return perUser("user", limits).build();
    }

    private static Policy tenant(Limit limit) {
        return Policy.named("tenant").key(Keys.tenant()).limit(limit).build();
    }

    private RateLimiter limiter(Policy... policies) {
        RateLimiter.Builder builder = RateLimiter.builder().store(store).listener(listener);
        List.of(policies).forEach(builder::policy);
        return builder.build();
    }

    private static RequestFacts facts(String user, String tenant) {
        return RequestFacts.builder().userId(user).tenantId(tenant).build();
    }

    private static int drain(RateLimiter limiter, RequestFacts facts, int attempts) {
        int allowed = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            allowed += limiter.check(facts).allowed() ? 1 : 0;
        }
        return allowed;
    }

    @Test
    @Tag("ASVS-2.4.1")
    void check_oneUser_isLimitedOnHisOwn() {
        RateLimiter limiter = limiter(user(Limit.of("minute", 300, MINUTE), Limit.of("second", 20, SECOND)));

        assertEquals(20, drain(limiter, facts("a", "t"), 30));
        assertEquals(20, drain(limiter, facts("b", "t"), 30));
    }

    @Test
    @Tag("ratelimit:E4")
    void check_refused_tellsATruthfulWait() {
        RateLimiter limiter = limiter(user(Limit.of("minute", 300, MINUTE), Limit.of("second", 20, SECOND)));
        drain(limiter, facts("a", "t"), 20);

        Decision refused = limiter.check(facts("a", "t"));

        assertEquals(Outcome.DENIED, refused.outcome());
        assertEquals(Duration.ofMillis(50), refused.retryAfter());
        assertEquals(1, refused.retryAfterSeconds());
        assertEquals("user.second", refused.tightest().orElseThrow().name());
        assertEquals(List.of("user"), refused.violated());
        ticker.advance(refused.retryAfter().minus(NANO));
        assertFalse(limiter.check(facts("a", "t")).allowed());
        ticker.advance(NANO);
        assertTrue(limiter.check(facts("a", "t")).allowed());
    }

    @Test
    void check_allowed_reportsEveryLimitAndTheTightest() {
        RateLimiter limiter = limiter(user(Limit.of("minute", 300, MINUTE), Limit.of("second", 20, SECOND)));

        Decision decision = limiter.check(facts("a", "t"));

        assertEquals(Outcome.ALLOWED, decision.outcome());
        assertEquals(0, decision.retryAfterSeconds());
        assertEquals(
                List.of(299L, 19L),
                decision.statuses().stream().map(LimitStatus::remaining).toList());
        assertEquals("user.second", decision.tightest().orElseThrow().name());
        assertTrue(decision.violated().isEmpty());
    }

    @Test
    @Tag("ratelimit:E5")
    void check_laterPolicyRefuses_earlierOnesAreUntouched() {
        RateLimiter limiter = limiter(user(Limit.of("a", 10, MINUTE)), tenant(Limit.of("b", 2, MINUTE)));
        drain(limiter, facts("a", "t"), 2);

        assertEquals(0, drain(limiter, facts("a", "t"), 50));

        assertEquals(
                8,
                drain(limiter, facts("a", "other"), 1)
                        + drain(limiter, facts("a", "third"), 2)
                        + drain(limiter, facts("a", "4"), 2)
                        + drain(limiter, facts("a", "5"), 2)
                        + drain(limiter, facts("a", "6"), 2));
    }

    @Test
    @Tag("ratelimit:E5")
    void check_laterPolicyRefuses_statusesTellWhatWasGivenBack() {
        RateLimiter limiter = limiter(
                perUser("user", Limit.of("a", 10, MINUTE)).cost(3).build(),
                tenant(Limit.of("b", 1, MINUTE)),
                perUser("last", Limit.of("c", 5, MINUTE)).build());
        drain(limiter, facts("a", "t"), 1);

        Decision partly = limiter.check(facts("a", "t"));
        Decision untouched = limiter.check(facts("b", "t"));

        assertEquals(
                List.of(7L, 0L, 4L),
                partly.statuses().stream().map(LimitStatus::remaining).toList());
        assertEquals(Duration.ofSeconds(6), partly.statuses().get(0).nextToken());
        assertEquals(
                List.of(10L, 0L, 5L),
                untouched.statuses().stream().map(LimitStatus::remaining).toList());
        assertEquals(Duration.ZERO, untouched.statuses().get(0).nextToken());
    }

    @Test
    @Tag("ratelimit:E5")
    void check_keyOfALaterPolicyThrows_costsNoToken() {
        Policy odd = Policy.named("odd")
                .key(Keys.custom("odd", facts -> {
                    throw new IllegalStateException("reader");
                }))
                .limit(Limit.of("b", 9, MINUTE))
                .build();
        Policy first = user(Limit.of("a", 2, MINUTE));
        RateLimiter limiter = limiter(first, odd);

        for (int attempt = 0; attempt < 5; attempt++) {
            assertThrows(IllegalStateException.class, () -> limiter.check(facts("a", "t")));
        }

        assertEquals(2, drain(limiter(first), facts("a", "t"), 3));
    }

    @Test
    @Tag("ratelimit:E4")
    @Tag("ratelimit:E5")
    void check_severalRefuse_namesAllAndWaitsForTheLongest() {
        RateLimiter limiter = limiter(
                user(Limit.of("a", 1, SECOND)),
                tenant(Limit.of("b", 1, MINUTE)),
                perUser("free", Limit.of("c", 99, SECOND)).build());
        drain(limiter, facts("a", "t"), 1);

        Decision refused = limiter.check(facts("a", "t"));

        assertEquals(List.of("user", "tenant"), refused.violated());
        assertEquals(MINUTE, refused.retryAfter());
        assertEquals(3, refused.statuses().size());
        assertEquals("tenant.b", refused.tightest().orElseThrow().name());
        ticker.advance(MINUTE);
        assertTrue(limiter.check(facts("a", "t")).allowed());
    }

    @Test
    @Tag("ratelimit:E5")
    void check_randomPolicies_refusalsLeaveNoTrace() {
        Random random = SeededRandom.of("RateLimiterTest");
        for (int round = 0; round < 100; round++) {
            Limit first = Limit.of("a", 1 + random.nextInt(5), MINUTE);
            Limit second = new Limit("b", 1 + random.nextInt(5), 1 + random.nextInt(9), MINUTE);
            RateLimiter limiter = limiter(
                    perUser("u" + round, first).build(),
                    perUser("v" + round, second).build());
            ReferenceBucket one = new ReferenceBucket(List.of(first), ticker.getAsLong());
            ReferenceBucket two = new ReferenceBucket(List.of(second), ticker.getAsLong());
            for (int step = 0; step < 60; step++) {
                ticker.advance(Duration.ofMillis(random.nextInt(20_000)));

                boolean allowed = limiter.check(facts("a", "t")).allowed();

                assertEquals(both(one, two), allowed);
            }
        }
    }

    private boolean both(ReferenceBucket one, ReferenceBucket two) {
        long now = ticker.getAsLong();
        return one.has(now, 1) && two.has(now, 1) && one.take(now, 1) && two.take(now, 1);
    }

    @Test
    void check_cost_isTakenWhole() {
        RateLimiter limiter =
                limiter(perUser("user", Limit.of("a", 10, MINUTE)).cost(4).build());

        assertEquals(2, drain(limiter, facts("a", "t"), 5));
        assertEquals(Duration.ofSeconds(12), limiter.check(facts("a", "t")).retryAfter());
    }

    @Test
    void check_missingKeyShared_isLimitedTogether() {
        RateLimiter limiter = limiter(user(Limit.of("a", 3, MINUTE)));

        assertEquals(3, drain(limiter, RequestFacts.builder().build(), 9));
        assertEquals(3, drain(limiter, facts("a", "t"), 9));
    }

    @Test
    void check_missingKeySkipped_doesNotApply() {
        RateLimiter limiter = limiter(perUser("user", Limit.of("a", 3, MINUTE))
                .onMissingKey(MissingKey.SKIP)
                .build());

        Decision decision = limiter.check(RequestFacts.builder().build());

        assertTrue(decision.allowed());
        assertTrue(decision.tightest().isEmpty());
        assertTrue(decision.statuses().isEmpty());
    }

    @Test
    @Tag("ASVS-16.5.2")
    void check_storeDownAndClosed_isItsOwnOutcome() {
        RateLimiter limiter = limiter(user(Limit.of("a", 3, MINUTE)), tenant(Limit.of("b", 1, MINUTE)));
        store.broken = "tenant"::equals;

        Decision refused = limiter.check(facts("a", "t"));

        assertEquals(Outcome.STORE_DENIED, refused.outcome());
        assertEquals(List.of("tenant"), refused.violated());
        assertTrue(refused.retryAfterSeconds() > 0);
        assertEquals("tenant", listener.failed.get(0).policy());
        assertEquals(Operation.TAKE, listener.failed.get(0).operation());
        store.broken = name -> false;
        assertEquals(1, drain(limiter, facts("a", "t"), 2));
        assertEquals(2, drain(limiter, facts("a", "u"), 1) + drain(limiter, facts("a", "v"), 1));
    }

    @Test
    void check_storeDownAndOpen_passesDegraded() {
        Policy open = perUser("open", Limit.of("a", 3, MINUTE))
                .onStoreFailure(FailureMode.OPEN)
                .build();
        RateLimiter limiter = limiter(open, tenant(Limit.of("b", 1, MINUTE)));
        store.broken = "open"::equals;

        Decision first = limiter.check(facts("a", "t"));
        Decision second = limiter.check(facts("a", "t"));

        assertTrue(first.allowed());
        assertTrue(first.degraded());
        assertEquals(Outcome.DENIED, second.outcome());
        assertTrue(second.degraded());
        assertEquals(FailureMode.OPEN, listener.failed.get(0).mode());
    }

    @Test
    void check_limitAndStoreBothRefuse_isALimitsRefusal() {
        RateLimiter limiter = limiter(tenant(Limit.of("b", 1, MINUTE)), user(Limit.of("a", 3, MINUTE)));
        drain(limiter, facts("a", "t"), 1);
        store.broken = "user"::equals;

        assertEquals(Outcome.DENIED, limiter.check(facts("a", "t")).outcome());
    }

    @Test
    @Tag("ratelimit:E5")
    void check_refundFails_isToldAndThrowsNothing() {
        RateLimiter limiter = limiter(user(Limit.of("a", 5, MINUTE)), tenant(Limit.of("b", 1, MINUTE)));
        drain(limiter, facts("a", "t"), 1);
        store.undoBroken = true;

        assertEquals(Outcome.DENIED, limiter.check(facts("a", "t")).outcome());

        assertEquals(Operation.REFUND, listener.failed.get(0).operation());
        assertEquals("user", listener.failed.get(0).policy());
    }

    /** A call that failed may have arrived all the same: a second one could give back what was given back. */
    @Test
    @Tag("ratelimit:E5")
    void check_refundFails_isTriedOnceAndNeverAgain() {
        RateLimiter limiter = RateLimiter.builder()
                .store(store)
                .listener(listener)
                .executor(Runnable::run)
                .policy(user(Limit.of("a", 5, MINUTE)))
                .policy(tenant(Limit.of("b", 1, MINUTE)))
                .build();
        drain(limiter, facts("a", "t"), 1);
        store.undoBroken = true;

        Decision refused = limiter.check(facts("a", "t"));
        Decision later =
                limiter.checkAsync(facts("a", "t")).toCompletableFuture().join();
        refused.refund();
        store.undoBroken = false;
        refused.refund();
        later.refund();

        assertEquals(2, store.undos.get());
        assertEquals(2, listener.failed.size());
        assertEquals(5 - 1 - 2 - 1, left(limiter, "a"));
    }

    @Test
    @Tag("ratelimit:E5")
    void refund_fails_isTriedOnceForEachPolicyAndNeverAgain() {
        RateLimiter limiter = limiter(user(Limit.of("a", 5, MINUTE)), tenant(Limit.of("b", 5, MINUTE)));
        Decision allowed = limiter.check(facts("a", "t"));
        store.undoBroken = true;

        allowed.refund();
        store.undoBroken = false;
        allowed.refund();

        assertEquals(2, store.undos.get());
        assertEquals(
                List.of("user", "tenant"),
                listener.failed.stream().map(RateLimitEvent.StoreFailed::policy).toList());
        assertEquals(5 - 1 - 1, left(limiter, "a"));
    }

    /** What the policy by user has left after one more request, with a tenant that nobody else has. */
    private static long left(RateLimiter limiter, String user) {
        return limiter.check(facts(user, "elsewhere")).statuses().get(0).remaining();
    }

    @Test
    void check_anyDecision_isHeard() {
        RateLimiter limiter = limiter(user(Limit.of("a", 1, MINUTE)));
        RequestFacts facts = facts("a", "t");

        Decision decision = limiter.check(facts);

        assertSame(facts, listener.decided.get(0).facts());
        assertSame(decision, listener.decided.get(0).decision());
    }

    /** An application's own, which prints whatever it holds. */
    private record OwnFacts(Optional<String> userId, Optional<String> apiKey) implements RequestFacts {}

    @Test
    void decidedEvent_ofAnApplicationsOwnFacts_printsNothingOfThem() {
        OwnFacts own = new OwnFacts(Optional.of("alice"), Optional.of("key-of-alice"));

        Decision decision = limiter(user(Limit.of("a", 1, MINUTE))).check(own);

        assertEquals("Decided[" + decision + ']', listener.decided.get(0).toString());
        assertFalse(listener.decided.get(0).toString().contains("alice"));
    }

    @Test
    void check_listenerThrows_decidesAllTheSame() {
        RateLimitListener bad = new RateLimitListener() {
            @Override
            public void decided(RateLimitEvent.Decided event) {
                throw new IllegalStateException("on purpose");
            }
        };
        RateLimiter limiter = RateLimiter.builder()
                .policy(user(Limit.of("a", 2, MINUTE)))
                .listener(bad.and(listener))
                .build();

        assertEquals(2, drain(limiter, facts("a", "t"), 3));
        assertEquals(3, listener.decided.size());
    }

    @Test
    void check_listenerThrowsAnError_decidesAllTheSame() {
        RateLimitListener bad = new RateLimitListener() {
            @Override
            public void decided(RateLimitEvent.Decided event) {
                throw new NoClassDefFoundError("on purpose");
            }
        };
        RateLimiter limiter = RateLimiter.builder()
                .policy(user(Limit.of("a", 2, MINUTE)))
                .listener(bad.and(listener))
                .build();

        assertEquals(2, drain(limiter, facts("a", "t"), 3));
        assertEquals(3, listener.decided.size());
    }

    @Test
    @Tag("ratelimit:E1")
    void check_parallelOnTwoPolicies_admitsExactlyTheSmaller() {
        RateLimiter limiter = RateLimiter.builder()
                .policy(user(Limit.of("a", 1_000, Duration.ofDays(1))))
                .policy(tenant(Limit.of("b", 50, Duration.ofDays(1))))
                .build();

        assertEquals(
                50, Parallel.count(8, 100, () -> limiter.check(facts("a", "t")).allowed()));
    }

    /** Once in the heap alone and once through a store of which nothing is known. */
    @Test
    @Tag("ratelimit:E5")
    void check_parallelRefusalsByTheSecondPolicy_giveTheFirstEverythingBack() {
        for (BucketStore buckets :
                List.of(BucketStores.local(LocalSpec.standard().withTicker(ticker)), store)) {
            RateLimiter limiter = RateLimiter.builder()
                    .store(buckets)
                    .policy(user(Limit.of("a", 1_000, MINUTE)))
                    .policy(tenant(Limit.of("b", 50, MINUTE)))
                    .build();

            int allowed =
                    Parallel.count(8, 500, () -> limiter.check(facts("a", "t")).allowed());

            assertEquals(50, allowed);
            assertEquals(1_000 - 50 - 1, left(limiter, "a"));
        }
    }

    @Test
    void build_defaultStore_goesByTheTicker() {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .policy(user(Limit.of("a", 1, MINUTE)))
                .build();
        drain(limiter, facts("a", "t"), 1);

        ticker.advance(MINUTE);

        assertEquals(1, drain(limiter, facts("a", "t"), 2));
        assertEquals(1, limiter.trackedKeys("user").orElseThrow());
        assertTrue(limiter.trackedKeys("none").isEmpty());
        assertEquals("user", limiter.policies().get(0).name());
    }

    @Test
    void build_severalFaults_namesThemAll() {
        Policy policy = user(Limit.of("a", 1, MINUTE));

        var none = assertThrows(
                RateLimitConfigurationException.class,
                () -> RateLimiter.builder().build());
        var twice = assertThrows(RateLimitConfigurationException.class, () -> limiter(policy, policy));

        assertEquals(1, none.faults().size());
        assertTrue(twice.faults().get(0).contains("\"user\""));
    }

    @Test
    void build_policyOpenWithOtherLimits_isRefused() {
        limiter(user(Limit.of("a", 1, MINUTE)));

        assertThrows(RateLimitConfigurationException.class, () -> limiter(user(Limit.of("a", 2, MINUTE))));
    }
}
