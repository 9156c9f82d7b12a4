package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import dev.hardening.ratelimit.Policy.Mode;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Costs, modes, exemptions, refunds and later charges of a policy. */
class PolicyRulesTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingListener listener = new RecordingListener();

    private RateLimiter limiter(Policy... policies) {
        RateLimiter.Builder builder = RateLimiter.builder().ticker(ticker).listener(listener);
        List.of(policies).forEach(builder::policy);
        return builder.build();
    }

    private static Policy.Builder perUser(String name, long amount) {
        return Policy.named(name).key(Keys.user()).limit(Limit.of("a", amount, MINUTE));
    }

    private static RequestFacts user(String id) {
        return RequestFacts.builder().userId(id).build();
    }

    private static RequestFacts on(String route) {
        return RequestFacts.builder().userId("u").route(route).build();
    }

    private static int drain(RateLimiter limiter, RequestFacts facts, int attempts) {
        int allowed = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            allowed += limiter.check(facts).allowed() ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void check_costOfARoute_isCharged() {
        RateLimiter limiter =
                limiter(perUser("p", 20).costOf("/export", 10).cost(1).build());

        assertTrue(limiter.check(on("/export")).allowed());
        assertEquals(9, limiter.check(on("/other")).statuses().get(0).remaining());
        assertFalse(limiter.check(on("/export")).allowed());
        assertEquals(9, drain(limiter, user("u"), 20));
    }

    @Test
    @Tag("ratelimit:E6")
    void build_costOfARouteOrATierThatCanNeverPass_isRefused() {
        assertThrows(
                RateLimitConfigurationException.class,
                () -> perUser("p", 20).costOf("/export", 21).build());
        assertThrows(
                RateLimitConfigurationException.class,
                () -> perUser("p", 20).costOf("/export", 0).build());
        assertThrows(
                RateLimitConfigurationException.class,
                () -> perUser("p", 20)
                        .cost(6)
                        .tier("free", Limit.of("a", 5, MINUTE))
                        .build());
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1})
    @Tag("ratelimit:A23")
    void check_computedCostBelowOne_countsAsOne(long computed) {
        RateLimiter limiter = limiter(perUser("p", 5).costBy(facts -> computed).build());

        assertEquals(5, drain(limiter, user("u"), 20));
    }

    @ParameterizedTest
    @ValueSource(longs = {6, Integer.MAX_VALUE + 1L, Long.MAX_VALUE})
    @Tag("ratelimit:A23")
    @Tag("ratelimit:E6")
    void check_computedCostOverTheCapacity_canNeverPassAndTakesNothing(long computed) {
        RateLimiter limiter = limiter(
                perUser("p", 5)
                        .costBy(facts -> facts.route().isPresent() ? computed : 1)
                        .build(),
                perUser("other", 5).build());

        Decision never = limiter.check(on("/export"));

        assertEquals(Outcome.NEVER, never.outcome());
        assertEquals(List.of("p"), never.violated());
        assertEquals(Duration.ZERO, never.retryAfter());
        assertEquals(0, never.retryAfterSeconds());
        assertEquals(5, drain(limiter, user("u"), 20));
    }

    @Test
    void check_shadow_tellsAndLetsPass() {
        RateLimiter limiter = limiter(
                perUser("trial", 1).mode(Mode.SHADOW).build(),
                perUser("real", 3).build());

        assertEquals(Outcome.ALLOWED, limiter.check(user("u")).outcome());
        Decision tried = limiter.check(user("u"));

        assertEquals(Outcome.SHADOW_DENIED, tried.outcome());
        assertTrue(tried.allowed());
        assertEquals(List.of("trial"), tried.shadowViolated());
        assertTrue(tried.violated().isEmpty());
        assertEquals(Duration.ZERO, tried.retryAfter());
        assertEquals(Visibility.HIDDEN, tried.statuses().get(0).visibility());
        assertEquals(1, drain(limiter, user("u"), 5));
    }

    @Test
    void check_off_asksNothing() {
        RateLimiter limiter = limiter(perUser("p", 1).mode(Mode.OFF).build());

        assertEquals(50, drain(limiter, user("u"), 50));
        assertTrue(limiter.check(user("u")).statuses().isEmpty());
    }

    @Test
    void switchTo_shadowAndOffAndBack_holdsForAllPolicies() {
        RateLimiter limiter = limiter(perUser("p", 2).build());

        assertEquals(2, drain(limiter, user("u"), 5));
        limiter.switchTo(Mode.SHADOW);
        assertEquals(Outcome.SHADOW_DENIED, limiter.check(user("u")).outcome());
        limiter.switchTo(Mode.OFF);
        assertEquals(Outcome.ALLOWED, limiter.check(user("u")).outcome());
        limiter.switchTo(Mode.ENFORCE);

        assertEquals(0, drain(limiter, user("u"), 5));
        assertEquals(Mode.ENFORCE, limiter.mode());
        assertEquals(
                List.of(Mode.SHADOW, Mode.OFF, Mode.ENFORCE),
                listener.switched.stream().map(RateLimitEvent.Switched::mode).toList());
    }

    @Test
    void check_exemptFromAllOrFromOne_isSaid() {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(ticker)
                .exempt(facts -> facts.userId().equals(Optional.of("monitor")))
                .policy(perUser("p", 1)
                        .exempt(facts -> facts.userId().equals(Optional.of("robot")))
                        .build())
                .build();

        assertEquals(Outcome.EXEMPT, limiter.check(user("monitor")).outcome());
        drain(limiter, user("robot"), 10);
        assertEquals(Outcome.EXEMPT, limiter.check(user("robot")).outcome());
        assertEquals(1, drain(limiter, user("u"), 10));
    }

    @Test
    void check_policyForSomeRequests_leavesOthersAlone() {
        RateLimiter limiter = limiter(perUser("exports", 1)
                .when(facts -> facts.route().equals(Optional.of("/export")))
                .build());

        assertEquals(1, drain(limiter, on("/export"), 5));
        assertEquals(5, drain(limiter, on("/list"), 5));
    }

    @Test
    void refund_once_givesBackOnce() {
        RateLimiter alone = limiter(perUser("p", 2).build());
        RateLimiter two = limiter(perUser("p", 2).build(), perUser("q", 2).build());

        for (RateLimiter limiter : List.of(alone, two)) {
            Decision decision = limiter.check(user("u"));
            limiter.check(user("u"));
            decision.refund();
            decision.refund();
            assertEquals(1, drain(limiter, user("u"), 5));
        }
    }

    @Test
    void charge_afterTheResponse_putsIntoDebt() {
        RateLimiter alone = limiter(perUser("p", 10).build());
        RateLimiter two = limiter(perUser("p", 10).build(), perUser("q", 10).build());

        for (RateLimiter limiter : List.of(alone, two)) {
            limiter.check(user("u")).charge("p", 15);

            Decision refused = limiter.check(user("u"));
            assertEquals(List.of("p"), refused.violated());
            assertEquals(Duration.ofSeconds(42), refused.retryAfter());
        }
    }

    @Test
    void charge_longAfterTheKeyHasLeft_isNotLost() {
        RateLimiter limiter = RateLimiter.builder()
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .policy(perUser("p", 10).build())
                .build();
        Decision decision = limiter.check(user("u"));
        ticker.advance(Duration.ofHours(1));

        decision.charge("p", 20);

        assertFalse(limiter.check(user("u")).allowed());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 1_000_000_001})
    @Tag("ratelimit:A23")
    void charge_outOfRange_isRefused(long tokens) {
        Decision decision = limiter(perUser("p", 10).build()).check(user("u"));

        assertThrows(IllegalArgumentException.class, () -> decision.charge("p", tokens));
        decision.charge("unknown", 5);
    }
}
