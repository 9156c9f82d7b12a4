package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Limit.Refill;
import dev.hardening.ratelimit.Policy.Mode;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The code in docs/ratelimit/policies.md, run. */
class PoliciesGuideTest {
    private static RequestFacts facts(String user, String plan) {
        return RequestFacts.builder()
                .userId(user)
                .route("/api/exports")
                .attribute("plan", plan)
                .build();
    }

    @Test
    void policy_withTiersAndCosts_doesWhatTheGuideSays() {
        // region policies
        Policy api = Policy.named("api-user")
                .key(Keys.user())
                .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
                .limit(Limit.of("second", 20, Duration.ofSeconds(1)))
                .limit(Limit.calendar("day", 10_000, Refill.Unit.DAY, ZoneId.of("Europe/Berlin")))
                .tier("teacher", Limit.of("minute", 900, Duration.ofMinutes(1)))
                .tierBy(facts -> facts.attribute("plan"))
                .costOf("/api/exports", 20)
                .exempt(facts -> facts.userId().equals(Optional.of("monitor")))
                .onMissingKey(MissingKey.SKIP)
                .build();
        // endregion
        RateLimiter limiter = RateLimiter.builder()
                .ticker(FakeTicker.create())
                .clock(FakeClock.create())
                .policy(api)
                .build();

        assertTrue(limiter.check(facts("u", "student")).allowed());
        assertFalse(limiter.check(facts("u", "student")).allowed());
        assertEquals(860, limiter.check(facts("u", "teacher")).statuses().get(0).remaining());
        assertEquals(
                Decision.Outcome.EXEMPT,
                limiter.check(facts("monitor", "student")).outcome());
    }

    @Test
    void policies_replacedAndSwitched_doWhatTheGuideSays() {
        Policy first = Policy.named("api-user")
                .key(Keys.user())
                .limit(Limit.of("minute", 1, Duration.ofMinutes(1)))
                .build();
        Policy next = Policy.named("api-user")
                .key(Keys.user())
                .limit(Limit.of("minute", 2, Duration.ofMinutes(1)))
                .build();
        long publishedAt = 1_795_000_000_000L;
        RateLimiter limiter = RateLimiter.builder().version(1).policy(first).build();
        // region live
        limiter.replacePolicies(publishedAt, List.of(next));
        limiter.switchTo(Mode.SHADOW);
        // endregion

        limiter.check(facts("u", "none"));
        limiter.check(facts("u", "none"));
        assertEquals(
                Decision.Outcome.SHADOW_DENIED,
                limiter.check(facts("u", "none")).outcome());
    }

    @Test
    void decision_chargedAndRefunded_doesWhatTheGuideSays() {
        RateLimiter limiter = RateLimiter.builder()
                .ticker(FakeTicker.create())
                .policy(Policy.named("api-user")
                        .key(Keys.user())
                        .limit(Limit.of("minute", 10, Duration.ofMinutes(1)))
                        .build())
                .build();
        int rows = 15;
        // region afterwards
        Decision decision = limiter.check(RequestFacts.builder().userId("u1").build());
        decision.charge("api-user", rows);
        // endregion

        assertFalse(limiter.check(RequestFacts.builder().userId("u1").build()).allowed());
    }
}
