package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Limit.Refill;
import dev.hardening.ratelimit.LimitStatus;
import dev.hardening.ratelimit.Parallel;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.TestPostgres;
import dev.hardening.testing.TestRedis;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several policies, tiers, quotas and changes of them, by two processes on one real store. */
@Tag("database")
@Tag("slow")
class SharedPoliciesTest {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/ratelimit/db/V1__buckets.sql");

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final RequestFacts USER = RequestFacts.builder().userId("u").build();

    private final FakeClock clock = FakeClock.create();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final KeptConnections database = new KeptConnections(POSTGRES);
    private final List<BucketStore> stores = new ArrayList<>();

    @AfterEach
    void close() throws SQLException {
        stores.forEach(BucketStore::close);
        threads.shutdownNow();
        database.close();
    }

    /** One more process. */
    private RateLimiter limiter(Place place, long version, Policy... policies) {
        BucketStore store = place.store(database, clock);
        stores.add(store);
        RateLimiter.Builder builder = RateLimiter.builder()
                .store(store)
                .clock(clock)
                .executor(threads)
                .version(version);
        Stream.of(policies).forEach(builder::policy);
        return builder.build();
    }

    private static Policy perUser(String name, Limit... limits) {
        Policy.Builder policy = Policy.named(name).key(Keys.user());
        Stream.of(limits).forEach(policy::limit);
        return policy.build();
    }

    private static Policy perMinute(String name, long amount) {
        return perUser(name, Limit.of("a", amount, MINUTE));
    }

    private static Policy tiered(String name) {
        return Policy.named(name)
                .key(Keys.user())
                .limit(Limit.of("a", 10, MINUTE))
                .tier("pro", Limit.of("a", 100, MINUTE))
                .tier("free", Limit.of("a", 10, MINUTE))
                .tierBy(facts -> facts.attribute("plan"))
                .build();
    }

    private static RequestFacts on(String plan) {
        return RequestFacts.builder().userId("u").attribute("plan", plan).build();
    }

    private static int drain(RateLimiter limiter, RequestFacts facts, int attempts) {
        int allowed = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            allowed += limiter.check(facts).allowed() ? 1 : 0;
        }
        return allowed;
    }

    private static long left(RateLimiter limiter, String policy) {
        return limiter.admin().peek(policy, USER).orElseThrow().statuses().stream()
                .mapToLong(LimitStatus::remaining)
                .min()
                .orElseThrow();
    }

    /** Three policies of which the one in the middle allows five; 1,000 each for those that must not feel its refusals. */
    private RateLimiter threePolicies(Place place, String name) {
        return limiter(
                place,
                0,
                perMinute(name + "-before", 1_000),
                perMinute(name + "-few", 5),
                perMinute(name + "-after", 1_000));
    }

    private static void requireOnlyTheAllowedWerePaid(RateLimiter limiter, String name, int allowed) {
        assertEquals(1_000 - allowed, left(limiter, name + "-before"));
        assertEquals(5 - allowed, left(limiter, name + "-few"));
        assertEquals(1_000 - allowed, left(limiter, name + "-after"));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:E5")
    void check_onePolicyRefuses_theOthersAreAsWithoutTheRequest(Place place) {
        RateLimiter limiter = threePolicies(place, "sync");
        int allowed = 0;

        for (int request = 0; request < 15; request++) {
            allowed += limiter.check(USER).allowed() ? 1 : 0;
            requireOnlyTheAllowedWerePaid(limiter, "sync", allowed);
        }

        assertEquals(5, allowed);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:E5")
    void checkAsync_onePolicyRefuses_theOthersAreAsWithoutTheRequest(Place place) {
        RateLimiter limiter = threePolicies(place, "async");
        int allowed = 0;

        for (int request = 0; request < 15; request++) {
            allowed += limiter.checkAsync(USER).toCompletableFuture().join().allowed() ? 1 : 0;
            requireOnlyTheAllowedWerePaid(limiter, "async", allowed);
        }

        assertEquals(5, allowed);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:E5")
    @Tag("ratelimit:E2")
    void check_refusalsByTwoProcessesAtOnce_areAllGivenBackAndOnce(Place place) {
        RateLimiter one = threePolicies(place, "crowd");
        RateLimiter other = threePolicies(place, "crowd");
        AtomicInteger turn = new AtomicInteger();

        int allowed = Parallel.count(
                8,
                10,
                () -> (turn.getAndIncrement() % 2 == 0 ? one : other)
                        .check(USER)
                        .allowed());
        List<CompletableFuture<Decision>> more = Stream.generate(
                        () -> one.checkAsync(USER).toCompletableFuture())
                .limit(20)
                .toList();
        long late = more.stream().filter(decision -> decision.join().allowed()).count();

        assertEquals(5, allowed + late);
        requireOnlyTheAllowedWerePaid(other, "crowd", 5);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:L4")
    void check_tierUpOnTheOtherProcess_givesTheDifferenceAtOnce(Place place) {
        RateLimiter one = limiter(place, 1, tiered("up"));
        RateLimiter other = limiter(place, 1, tiered("up"));
        assertEquals(10, drain(one, on("free"), 12));

        assertEquals(90, drain(other, on("pro"), 95));
        assertEquals(0, drain(one, on("pro"), 5));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:L4")
    void check_tierDownOnTheOtherProcess_cutsToTheSmallerLimit(Place place) {
        RateLimiter one = limiter(place, 1, tiered("down"));
        RateLimiter other = limiter(place, 1, tiered("down"));
        assertEquals(4, drain(one, on("pro"), 4));

        assertEquals(6, drain(other, on("free"), 12));
        clock.advance(MINUTE);
        assertEquals(10, drain(other, on("free"), 12));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:L4")
    @Tag("ratelimit:A20")
    void check_tiersToAndFro_giveNothing(Place place) {
        RateLimiter limiter = limiter(place, 1, tiered("toggled"));
        int allowed = 0;

        for (int round = 0; round < 12; round++) {
            allowed += drain(limiter, on("pro"), 10) + drain(limiter, on("free"), 3) + drain(limiter, on("none"), 3);
        }

        assertTrue(allowed <= 100, "allowed " + allowed);
        assertTrue(allowed >= 50, "allowed " + allowed);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void charge_onOneProcess_isOwedOnTheOther(Place place) {
        RateLimiter one = limiter(place, 0, perMinute("charged", 60));
        RateLimiter other = limiter(place, 0, perMinute("charged", 60));

        one.check(USER).charge("charged", 39);
        assertEquals(20, left(other, "charged"));
        other.check(USER).charge("charged", 24);

        Decision refused = one.check(USER);
        assertFalse(refused.allowed());
        assertEquals(Duration.ofSeconds(6), refused.retryAfter(), "5 are owed and 1 is asked for");
        clock.advance(Duration.ofSeconds(6));
        assertEquals(1, drain(other, USER, 3));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void check_quotaOfTheDay_isSharedUntilMidnightAndWholeAgainAfterIt(Place place) {
        clock.set(Instant.parse("2026-11-22T22:59:50Z"));
        ZoneId zone = ZoneId.of("Europe/Berlin");
        Policy policy =
                perUser("daily", Limit.calendar("day", 7, Refill.Unit.DAY, zone), Limit.of("minute", 1_000, MINUTE));
        RateLimiter one = limiter(place, 0, policy);
        RateLimiter other = limiter(place, 0, policy);

        assertEquals(3, drain(one, USER, 3));
        assertEquals(4, drain(other, USER, 6));
        assertEquals(Duration.ofSeconds(10), one.check(USER).retryAfter());
        clock.advance(Duration.ofSeconds(9));
        assertEquals(0, drain(one, USER, 1) + drain(other, USER, 1));

        clock.advance(Duration.ofSeconds(1));
        assertEquals(5, drain(other, USER, 5));
        assertEquals(2, drain(one, USER, 5));
        assertEquals(Duration.ofDays(1), other.check(USER).retryAfter());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    @Tag("ratelimit:L1")
    @Tag("ratelimit:L3")
    @Tag("ratelimit:A20")
    void replacePolicies_byTwoProcessesUnderLoad_losesNoDebtAndGivesNothing(Place place) {
        RateLimiter one = limiter(place, 1, perMinute("replaced", 200));
        RateLimiter other = limiter(place, 1, perMinute("replaced", 200));
        assertTrue(one.check(USER).allowed());
        AtomicLong versions = new AtomicLong(1);
        AtomicInteger requests = new AtomicInteger();

        int allowed = Parallel.count(8, 50, () -> {
            int request = requests.incrementAndGet();
            RateLimiter limiter = request % 2 == 0 ? one : other;
            if (request % 15 == 0) {
                replace(limiter, versions);
            }
            return limiter.check(USER).allowed();
        });

        assertEquals(199, allowed);
        assertTrue(one.version() > 1 && other.version() > 1, "both were replaced");
    }

    /** No version twice, and a version is the same figures wherever it is. */
    private static void replace(RateLimiter limiter, AtomicLong versions) {
        synchronized (limiter) {
            long version = versions.incrementAndGet();
            limiter.replacePolicies(version, List.of(perMinute("replaced", version % 2 == 0 ? 400 : 200)));
        }
    }
}
