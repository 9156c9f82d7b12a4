package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitAdmin.Result;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.jdbc.PostgresBucketStore;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import dev.hardening.testing.TestRedis;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one node is told about a caller holds on the other within two seconds, on the real stores. */
@Tag("slow")
@Tag("database")
class AdministeredProcessesTest {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    /** Stated is a staleness of two seconds; the rest is for a busy machine. */
    private static final Duration STATED = Duration.ofSeconds(2);

    /** So long that a remembered refusal would be kept for five seconds. */
    private static final Duration LONG = Duration.ofMinutes(10);

    private static final RequestFacts BAD = RequestFacts.builder().userId("bad").build();
    private static final RequestFacts GOOD =
            RequestFacts.builder().userId("good").build();

    private BucketStore hereStore;
    private BucketStore thereStore;

    /** Where the buckets are. */
    private enum Place {
        REDIS {
            @Override
            BucketStore store() {
                return BucketStores.guarded(
                        RedisBucketStore.builder(AdministeredProcessesTest.REDIS.uri())
                                .requestTimeout(Duration.ofSeconds(5))
                                .build(),
                        OutageSpec.standard());
            }
        },
        POSTGRES {
            @Override
            BucketStore store() {
                return PostgresBucketStore.builder(AdministeredProcessesTest.POSTGRES.dataSource())
                        .build();
            }
        };

        abstract BucketStore store();
    }

    private RateLimiter here;
    private RateLimiter there;

    private void open(Place place, String name) {
        hereStore = place.store();
        thereStore = place.store();
        here = limiter(hereStore, name);
        there = limiter(thereStore, name);
        Eventually.until(
                Duration.ofSeconds(20),
                "both answer",
                () -> here.check(GOOD).allowed() && there.check(GOOD).allowed());
    }

    private static RateLimiter limiter(BucketStore store, String name) {
        Policy policy = Policy.named(name)
                .key(Keys.user())
                .limit(Limit.of("a", 10_000, Duration.ofDays(1)))
                .build();
        return RateLimiter.builder().store(store).policy(policy).build();
    }

    @AfterEach
    void close() {
        hereStore.close();
        thereStore.close();
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void block_onOneNode_isSeenByTheOtherAndLiftedByIt(Place place) {
        open(place, "blocks");
        assertTrue(there.check(BAD).allowed());

        assertEquals(Result.DONE, here.admin().block("blocks", BAD, LONG));
        assertFalse(here.check(BAD).allowed());
        within("the block", () -> !there.check(BAD).allowed());

        Decision refused = there.check(BAD);
        assertTrue(refused.retryAfter().compareTo(LONG) <= 0, refused::toString);
        assertTrue(refused.retryAfter().compareTo(LONG.minusSeconds(30)) > 0, refused::toString);
        assertTrue(there.check(GOOD).allowed());

        assertEquals(Result.DONE, there.admin().unblock("blocks", BAD));
        assertTrue(there.check(BAD).allowed());
        within("the end of the block", () -> here.check(BAD).allowed());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void reset_onOneNode_endsTheRefusalsOfTheOther(Place place) {
        open(place, "resets");
        here.admin().penalise("resets", BAD, 100_000);
        assertFalse(there.check(BAD).allowed());

        here.admin().reset("resets", BAD);

        // Refusals that are known for a minute and more are remembered five seconds.
        Eventually.until(
                Duration.ofSeconds(7),
                "the reset is seen",
                () -> there.check(BAD).allowed());
        assertTrue(here.check(BAD).allowed());
    }

    private static void within(String what, Callable<Boolean> seen) {
        long begin = System.nanoTime();
        Eventually.until(Duration.ofSeconds(20), what + " is seen", seen);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        assertTrue(took.compareTo(STATED.plusMillis(500)) <= 0, what + " took " + took);
    }
}
