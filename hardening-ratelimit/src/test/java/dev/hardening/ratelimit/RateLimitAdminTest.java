package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.RateLimitAdmin.Result;
import dev.hardening.ratelimit.RateLimitEvent.Action;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.testing.FakeTicker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator sees and does: standings, resets, penalties and rewards. */
class RateLimitAdminTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final RequestFacts USER =
            RequestFacts.builder().userId("u").attribute("plan", "free").build();
    private static final RequestFacts PRO =
            RequestFacts.builder().userId("u").attribute("plan", "pro").build();
    private static final RequestFacts NOBODY = RequestFacts.builder().build();

    private final FakeTicker ticker = FakeTicker.create();
    private final BreakableStore store =
            new BreakableStore(BucketStores.local(LocalSpec.standard().withTicker(ticker)));
    private final RecordingListener listener = new RecordingListener();

    private RateLimiter limiter(Policy policy) {
        return RateLimiter.builder()
                .policy(policy)
                .store(store)
                .ticker(ticker)
                .clock(Clock.fixed(Instant.parse("2026-11-22T10:00:00Z"), ZoneOffset.UTC))
                .listener(listener)
                .build();
    }

    private RateLimiter limiter() {
        return limiter(Policy.named("p")
                .key(Keys.user())
                .limit(Limit.of("a", 10, MINUTE))
                .limit(Limit.calendar("day", 20, Limit.Refill.Unit.DAY, ZoneOffset.UTC))
                .build());
    }

    private static int drain(RateLimiter limiter, RequestFacts facts, int attempts) {
        int allowed = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            allowed += limiter.check(facts).allowed() ? 1 : 0;
        }
        return allowed;
    }

    private static List<Long> remaining(RateLimiter limiter, RequestFacts facts) {
        return limiter.admin().peek("p", facts).orElseThrow().statuses().stream()
                .map(LimitStatus::remaining)
                .toList();
    }

    @Test
    void peek_ofAUser_tellsHowHeStandsAndTakesNothing() {
        RateLimiter limiter = limiter();
        drain(limiter, USER, 3);

        assertEquals(List.of(7L, 17L), remaining(limiter, USER));
        assertEquals(List.of(7L, 17L), remaining(limiter, USER));
        assertEquals(
                Duration.ZERO, limiter.admin().peek("p", USER).orElseThrow().blockedFor());
    }

    @Test
    void reset_ofAnExhaustedUser_fillsHisLimitsAndNobodyElses() {
        RateLimiter limiter = limiter();
        RequestFacts other = RequestFacts.builder().userId("other").build();
        drain(limiter, USER, 20);
        drain(limiter, other, 20);

        assertEquals(Result.DONE, limiter.admin().reset("p", USER));

        assertEquals(10, drain(limiter, USER, 20));
        assertEquals(0, drain(limiter, other, 20));
    }

    @Test
    void reset_inOneTier_isNotUndoneByWhatWasUsedInAnother() {
        RateLimiter limiter = limiter(Policy.named("p")
                .key(Keys.user())
                .limit(Limit.of("a", 1, MINUTE))
                .tier("free", Limit.of("a", 10, MINUTE))
                .tier("pro", Limit.of("a", 100, MINUTE))
                .tierBy(facts -> facts.attribute("plan"))
                .build());
        drain(limiter, PRO, 100);

        limiter.admin().reset("p", USER);

        assertEquals(10, drain(limiter, USER, 20));
    }

    @Test
    void penalise_moreThanThereIs_makesTheUserWaitForIt() {
        RateLimiter limiter = limiter();

        assertEquals(Result.DONE, limiter.admin().penalise("p", USER, 15));

        assertEquals(List.of(0L, 5L), remaining(limiter, USER));
        ticker.advance(Duration.ofSeconds(36).minusNanos(1));
        assertFalse(limiter.check(USER).allowed());
        ticker.advance(Duration.ofNanos(1));
        assertTrue(limiter.check(USER).allowed());
    }

    @Test
    void reward_moreThanIsMissing_fillsUpToTheCapacity() {
        RateLimiter limiter = limiter();
        drain(limiter, USER, 10);

        limiter.admin().reward("p", USER, 4);
        assertEquals(List.of(4L, 14L), remaining(limiter, USER));
        limiter.admin().reward("p", USER, 1_000_000_000);
        assertEquals(List.of(10L, 20L), remaining(limiter, USER));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1_000_000_001, Long.MAX_VALUE})
    void tokens_outOfRange_areRefused(long tokens) {
        RateLimitAdmin admin = limiter().admin();

        assertThrows(IllegalArgumentException.class, () -> admin.penalise("p", USER, tokens));
        assertThrows(IllegalArgumentException.class, () -> admin.reward("p", USER, tokens));
    }

    @Test
    void duration_outOfRange_isRefused() {
        RateLimitAdmin admin = limiter().admin();

        assertThrows(
                IllegalArgumentException.class,
                () -> admin.block("p", USER, Duration.ofSeconds(1).minusNanos(1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> admin.block("p", USER, Duration.ofDays(366).plusNanos(1)));
        assertEquals(Result.DONE, admin.block("p", USER, Duration.ofDays(366)));
    }

    @Test
    void policyOrKey_unknown_isAnAnswer() {
        RateLimitAdmin admin = limiter().admin();

        assertEquals(Optional.empty(), admin.peek("q", USER));
        assertEquals(Result.UNKNOWN_POLICY, admin.reset("q", USER));
        assertEquals(Result.NO_KEY, admin.block("p", NOBODY, MINUTE), "would block all who are not logged in");
        assertEquals(Result.NO_KEY, admin.unblock("p", NOBODY));
        assertEquals(Result.NO_KEY, admin.penalise("p", NOBODY, 1));
        assertEquals(List.of(), listener.administered);
    }

    @Test
    void key_missingWhereThePolicySkips_isNobodysBucket() {
        RateLimitAdmin admin = limiter(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 10, MINUTE))
                        .onMissingKey(MissingKey.SKIP)
                        .build())
                .admin();

        assertEquals(Optional.empty(), admin.peek("p", NOBODY));
        assertEquals(Result.NO_KEY, admin.reset("p", NOBODY));
        assertEquals(Result.NO_KEY, admin.reward("p", NOBODY, 1));
        assertEquals(Result.NO_KEY, admin.block("p", NOBODY, MINUTE));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bucketOfAllWithoutAKey_usedUpByOne_canBeSeenAndFilled(boolean shared) {
        Policy policy = Policy.named("p")
                .key(Keys.all(Keys.tenant(), Keys.user()))
                .limit(Limit.of("a", 10, MINUTE))
                .build();
        RateLimiter limiter = shared
                ? limiter(policy)
                : RateLimiter.builder()
                        .policy(policy)
                        .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                        .build();
        assertEquals(10, drain(limiter, NOBODY, 20));

        assertEquals(List.of(0L), remaining(limiter, NOBODY));
        assertEquals(Result.DONE, limiter.admin().reward("p", NOBODY, 3));
        assertEquals(3, drain(limiter, NOBODY, 20));
        assertEquals(Result.DONE, limiter.admin().reset("p", NOBODY));
        assertEquals(10, drain(limiter, NOBODY, 20));
    }

    @Test
    void store_thatIsSilent_isUnavailableAndHeardOf() {
        RateLimitAdmin admin = limiter().admin();
        store.broken = name -> true;

        assertThrows(RateLimitUnavailableException.class, () -> admin.peek("p", USER));
        assertThrows(RateLimitUnavailableException.class, () -> admin.reset("p", USER));
        assertThrows(RateLimitUnavailableException.class, () -> admin.penalise("p", USER, 1));
        assertThrows(RateLimitUnavailableException.class, () -> admin.reward("p", USER, 1));
        assertThrows(RateLimitUnavailableException.class, () -> admin.block("p", USER, MINUTE));
        assertThrows(RateLimitUnavailableException.class, () -> admin.unblock("p", USER));

        assertEquals(6, listener.failed.size());
        assertTrue(listener.failed.stream().allMatch(event -> event.operation() == Operation.ADMIN));
        assertEquals(List.of(), listener.administered, "what was not done is no event");
    }

    @Test
    void everyAction_isAnEventThatPrintsNobody() {
        RateLimitAdmin admin = limiter().admin();

        admin.peek("p", USER);
        admin.reset("p", USER);
        admin.penalise("p", USER, 2);
        admin.reward("p", USER, 3);
        admin.block("p", USER, MINUTE);
        admin.unblock("p", USER);

        assertEquals(
                List.of(Action.values()),
                listener.administered.stream()
                        .map(RateLimitEvent.Administered::action)
                        .toList());
        RateLimitEvent.Administered penalty = listener.administered.get(2);
        assertEquals(2, penalty.tokens());
        assertEquals(MINUTE, listener.administered.get(4).duration());
        assertEquals("Administered[p, PENALISE, 2, PT0S]", penalty.toString());
    }

    @Test
    void listenerPair_passesItOnToBothWhateverOneThrows() {
        RecordingListener second = new RecordingListener();
        RateLimitListener thrower = new RateLimitListener() {
            @Override
            public void administered(RateLimitEvent.Administered event) {
                throw new IllegalStateException("a listener's own fault");
            }
        };
        RateLimiter limiter = RateLimiter.builder()
                .policy(limiter().policies().get(0))
                .store(store)
                .listener(thrower.and(second))
                .build();

        assertEquals(Result.DONE, limiter.admin().unblock("p", USER));

        assertEquals(1, second.administered.size());
    }

    @Test
    void anything_null_isWrongUse() {
        RateLimiter limiter = limiter();
        RateLimitAdmin admin = limiter.admin();

        List<Executable> calls = List.of(
                () -> admin.peek(null, USER),
                () -> admin.peek("p", null),
                () -> admin.reset(null, USER),
                () -> admin.reset("q", null),
                () -> admin.block("p", USER, null),
                () -> limiter.trackedKeys(null),
                () -> limiter.overflows(null));

        calls.forEach(call -> assertThrows(NullPointerException.class, call));
    }
}
