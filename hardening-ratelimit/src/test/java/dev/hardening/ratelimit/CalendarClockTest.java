package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.Limit.Refill;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** By whose clock a quota of the calendar goes. */
@Tag("ratelimit:C2")
@Tag("ratelimit:A21")
class CalendarClockTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Instant EVENING = Instant.parse("2026-11-22T23:30:00Z");
    private static final RequestFacts FACTS = RequestFacts.builder().userId("u").build();

    private final FakeTicker ticker = FakeTicker.create();
    private final FakeClock storeTime = FakeClock.at(EVENING);
    private final FakeClock right = FakeClock.at(EVENING);
    private final FakeClock ahead = FakeClock.at(EVENING.plus(HOUR));
    private final Timed shared = new Timed(storeTime);

    /** What stands between the limiter and the shared store. */
    private enum Around {
        NOTHING,
        GUARD,
        LEASES
    }

    /** How a limiter is asked. */
    private enum Way {
        WAITING,
        GOING_ON
    }

    private BucketStore store(Around around) {
        return switch (around) {
            case NOTHING -> shared;
            case GUARD -> BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker));
            case LEASES -> BucketStores.leased(shared, 2);
        };
    }

    private static RateLimiter daily(BucketStore store, Clock clock) {
        return RateLimiter.builder()
                .store(store)
                .clock(clock)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.calendar("day", 5, Refill.Unit.DAY, ZoneOffset.UTC))
                        .build())
                .build();
    }

    private static int drain(RateLimiter limiter, Way way) {
        int allowed = 0;
        for (int attempt = 0; attempt < 10; attempt++) {
            Decision decision = way == Way.WAITING
                    ? limiter.check(FACTS)
                    : limiter.checkAsync(FACTS).toCompletableFuture().join();
            allowed += decision.allowed() ? 1 : 0;
        }
        return allowed;
    }

    private static int drain(RateLimiter limiter) {
        return drain(limiter, Way.WAITING);
    }

    @ParameterizedTest
    @EnumSource(Around.class)
    void check_processesAnHourApartAtMidnight_haveOneQuotaTogether(Around around) {
        RateLimiter one = daily(store(around), right);
        RateLimiter other = daily(store(around), ahead);

        int allowed = 0;
        for (int attempt = 0; attempt < 10; attempt++) {
            allowed += one.check(FACTS).allowed() ? 1 : 0;
            allowed += other.check(FACTS).allowed() ? 1 : 0;
        }

        assertEquals(5, allowed);
        assertEquals(Duration.ofMinutes(30), one.check(FACTS).retryAfter());
        assertEquals(Duration.ofMinutes(30), other.check(FACTS).retryAfter());
        storeTime.advance(Duration.ofMinutes(30));
        assertEquals(5, drain(other) + drain(one));
    }

    @Test
    void check_storeWithoutATimeOfItsOwn_goesByTheLimitersClock() {
        RateLimiter limiter = daily(BucketStores.local(LocalSpec.standard().withTicker(ticker)), right);
        assertEquals(5, drain(limiter));

        right.advance(Duration.ofMinutes(30));

        assertEquals(5, drain(limiter));
    }

    /** The first call of a process is what makes a store tell its time. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void check_firstCallOfAProcessAnHourAhead_countsInTheDayOfTheStore(Way way) {
        assertEquals(5, drain(daily(shared, right), way));
        shared.heard = false;

        assertEquals(0, drain(daily(shared, ahead), way));

        shared.heard = false;
        RateLimitAdmin admin = daily(shared, ahead).admin();
        assertEquals(0, admin.peek("p", FACTS).orElseThrow().statuses().get(0).remaining());
        storeTime.advance(Duration.ofMinutes(30));
        assertEquals(5, drain(daily(shared, ahead), way), "nothing was taken from the next day");
    }

    /** A shared store that has a time of its own, known once it was asked for a quota. */
    private final class Timed implements BucketStore {
        private final SharedFake quotas = new SharedFake(ticker);
        private final SharedFake blocks = new SharedFake(ticker);
        private final Clock clock;
        private volatile boolean heard = true;

        private Timed(Clock clock) {
            this.clock = clock;
            quotas.inside = () -> heard = true;
        }

        @Override
        public Space open(SpaceSpec spec) {
            return Blocks.holds(spec) ? blocks.open(spec) : quotas.open(spec);
        }

        @Override
        public Optional<Instant> time() {
            return heard ? Optional.of(clock.instant()) : Optional.empty();
        }
    }
}
