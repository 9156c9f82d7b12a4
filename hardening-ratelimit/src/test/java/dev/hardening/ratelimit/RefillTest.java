package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.Limit.Refill;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When tokens come back, to the nanosecond and to the wall's midnight. */
@Tag("ratelimit:E3")
class RefillTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration NANO = Duration.ofNanos(1);
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    private final FakeTicker ticker = FakeTicker.create();

    private Space open(Limit... limits) {
        return BucketStores.local(LocalSpec.standard().withTicker(ticker)).open("refill", List.of(limits));
    }

    @Test
    void greedy_tokenK_isThereAtItsInstantAndNotBefore() {
        Space space = open(Limit.of("a", 7, MINUTE));
        while (space.take("k", 1).granted()) {}
        long start = ticker.getAsLong();

        for (int token = 1; token <= 20; token++) {
            long due = start + (token * MINUTE.toNanos() + 6) / 7;
            ticker.advance(Duration.ofNanos(due - 1 - ticker.getAsLong()));
            assertFalse(space.take("k", 1).granted(), "token " + token + " early");
            ticker.advance(NANO);
            assertTrue(space.take("k", 1).granted(), "token " + token + " late");
        }
    }

    @Test
    void interval_nothingEarly_allAtOnce() {
        Space space = open(Limit.interval("a", 3, MINUTE));
        assertEquals(3, drain(space, 5));

        ticker.advance(MINUTE.minus(NANO));
        assertEquals(0, drain(space, 5));
        ticker.advance(NANO);
        assertEquals(3, drain(space, 5));
    }

    @Test
    @Tag("ratelimit:E4")
    void interval_waits_areTrueToTheNanosecond() {
        Random random = SeededRandom.of("RefillTest");
        for (int round = 0; round < 300; round++) {
            Limit limit = new Limit(
                    "a",
                    4 + random.nextInt(20),
                    1 + random.nextInt(4),
                    Duration.ofNanos(1_000_000 + random.nextInt(1_000_000_000)),
                    new Refill.Interval());
            Space space = BucketStores.local(LocalSpec.standard().withTicker(ticker))
                    .open("refill", List.of(limit, Limit.of("b", 1_000_000, Duration.ofSeconds(1))));
            space.take("k", 1);
            ticker.advance(Duration.ofNanos(random.nextInt(1_000_000_000)));
            drain(space, 100);
            long cost = 1L + random.nextInt(4);

            BucketStore.Take refused = space.take("k", cost);

            assertFalse(refused.granted());
            ticker.advance(refused.retryAfter().minus(NANO));
            assertFalse(space.peek("k", cost).granted(), limit::toString);
            ticker.advance(NANO);
            assertTrue(space.take("k", cost).granted(), limit::toString);
        }
    }

    @Test
    void interval_idleBucket_isFullWhenItsTimeToFullIsOver() {
        Limit limit = new Limit("a", 10, 3, MINUTE, new Refill.Interval());
        Space space = open(limit);
        drain(space, 10);

        assertEquals(Duration.ofMinutes(4), limit.timeToFull());
        ticker.advance(limit.timeToFull());
        assertEquals(10, drain(space, 20));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-29, 23", // the clocks go forward
        "2026-10-25, 25", // and back
        "2026-06-15, 24"
    })
    void calendar_day_endsAtTheWallsMidnightWhateverItsLength(String day, long hours) {
        FakeClock clock = FakeClock.at(ZonedDateTime.of(LocalDate.parse(day), LocalTime.MIDNIGHT, BERLIN)
                .toInstant());
        RateLimiter limiter = daily(clock, 2);
        assertEquals(2, drain(limiter, 5));
        assertEquals(Duration.ofHours(hours), limiter.check(facts()).retryAfter());

        clock.advance(Duration.ofHours(hours).minus(NANO));
        assertEquals(NANO, limiter.check(facts()).retryAfter());
        clock.advance(NANO);
        assertEquals(2, drain(limiter, 5));
    }

    @ParameterizedTest
    @CsvSource({
        "WEEK, 2026-11-25T12:00:00Z, 2026-11-29T23:00:00Z",
        "MONTH, 2026-02-10T12:00:00Z, 2026-02-28T23:00:00Z",
        "MONTH, 2026-10-31T23:30:00Z, 2026-11-30T23:00:00Z"
    })
    void calendar_weekAndMonth_endWhereTheCalendarSays(Refill.Unit unit, Instant now, Instant end) {
        FakeClock clock = FakeClock.at(now);
        RateLimiter limiter = limiter(clock, Limit.calendar("quota", 1, unit, BERLIN));
        drain(limiter, 1);

        assertEquals(Duration.between(now, end), limiter.check(facts()).retryAfter());
        clock.advance(Duration.between(now, end));
        assertEquals(1, drain(limiter, 3));
    }

    @Test
    @Tag("ratelimit:C1")
    void calendar_clockSetBackOverMidnight_findsTheUsedQuotaAgain() {
        FakeClock clock = FakeClock.at(Instant.parse("2026-11-22T22:59:59Z"));
        RateLimiter limiter = daily(clock, 2);
        assertEquals(2, drain(limiter, 5));
        clock.advance(Duration.ofSeconds(1));
        assertEquals(2, drain(limiter, 5));

        clock.advance(Duration.ofHours(-1));
        assertEquals(0, drain(limiter, 5));
        clock.advance(Duration.ofHours(1));
        assertEquals(0, drain(limiter, 5));
    }

    @Test
    void calendar_besideALimitByTime_bothHoldAndBothAreTold() {
        FakeClock clock = FakeClock.at(Instant.parse("2026-11-22T12:00:00Z"));
        RateLimiter limiter =
                limiter(clock, Limit.of("burst", 2, MINUTE), Limit.calendar("quota", 3, Refill.Unit.DAY, BERLIN));

        assertEquals(2, drain(limiter, 5));
        assertEquals(List.of(0L, 1L), remaining(limiter.check(facts())));
        ticker.advance(MINUTE);
        assertEquals(1, drain(limiter, 5));
        Decision refused = limiter.check(facts());
        assertEquals("p.quota", refused.tightest().orElseThrow().name());
        assertEquals(Duration.ofHours(11), refused.retryAfter());
        assertEquals(List.of(1L, 0L), remaining(refused));
    }

    @Test
    void limit_calendarPutTogetherByHand_isRefused() {
        Refill.Calendar daily = new Refill.Calendar(Refill.Unit.DAY, BERLIN);

        assertThrows(IllegalArgumentException.class, () -> new Limit("a", 5, 4, Duration.ofDays(1), daily));
        assertThrows(IllegalArgumentException.class, () -> new Limit("a", 5, 5, Duration.ofDays(2), daily));
        assertThrows(IllegalArgumentException.class, () -> open(Limit.calendar("a", 5, Refill.Unit.DAY, BERLIN)));
    }

    private static List<Long> remaining(Decision decision) {
        return decision.statuses().stream().map(LimitStatus::remaining).toList();
    }

    private RateLimiter daily(FakeClock clock, long amount) {
        return limiter(clock, Limit.calendar("quota", amount, Refill.Unit.DAY, BERLIN));
    }

    private RateLimiter limiter(FakeClock clock, Limit... limits) {
        Policy.Builder policy = Policy.named("p").key(Keys.user());
        List.of(limits).forEach(policy::limit);
        return RateLimiter.builder()
                .ticker(ticker)
                .clock(clock)
                .policy(policy.build())
                .build();
    }

    private static RequestFacts facts() {
        return RequestFacts.builder().userId("u").build();
    }

    private static int drain(RateLimiter limiter, int attempts) {
        int allowed = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            allowed += limiter.check(facts()).allowed() ? 1 : 0;
        }
        return allowed;
    }

    private static int drain(Space space, int attempts) {
        int granted = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            granted += space.take("k", 1).granted() ? 1 : 0;
        }
        return granted;
    }
}
