package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Policies that change while requests come in, and callers who change their tier. */
class ReplacePoliciesTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final BucketStore store = BucketStores.local(LocalSpec.standard().withTicker(ticker));
    private final RecordingListener listener = new RecordingListener();

    private RateLimiter limiter(long version, Policy... policies) {
        RateLimiter.Builder builder =
                RateLimiter.builder().store(store).listener(listener).version(version);
        List.of(policies).forEach(builder::policy);
        return builder.build();
    }

    private static Policy perUser(long amount) {
        return Policy.named("p")
                .key(Keys.user())
                .limit(Limit.of("a", amount, MINUTE))
                .build();
    }

    private static Policy tiered() {
        return Policy.named("p")
                .key(Keys.user())
                .limit(Limit.of("a", 10, MINUTE))
                .tier("pro", Limit.of("a", 100, MINUTE))
                .tier("free", Limit.of("a", 10, MINUTE))
                .tierBy(facts -> facts.attribute("plan"))
                .build();
    }

    private static RequestFacts user() {
        return RequestFacts.builder().userId("u").build();
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

    @Test
    @Tag("ratelimit:L1")
    void replacePolicies_smallerAndLarger_keepsWhatWasUsed() {
        RateLimiter limiter = limiter(1, perUser(10));
        assertEquals(10, drain(limiter, user(), 20));

        limiter.replacePolicies(2, List.of(perUser(100)));
        assertEquals(0, drain(limiter, user(), 20));
        ticker.advance(Duration.ofSeconds(6));
        assertEquals(10, drain(limiter, user(), 20));
        limiter.replacePolicies(3, List.of(perUser(5)));
        assertEquals(0, drain(limiter, user(), 20));

        assertEquals(3, limiter.version());
        assertEquals(2, listener.replaced.size());
    }

    @Test
    @Tag("ratelimit:L1")
    @Tag("ratelimit:A20")
    void replacePolicies_sameFiguresAgainAndAgain_givesNothing() {
        RateLimiter limiter = limiter(1, perUser(10));
        int allowed = drain(limiter, user(), 20);

        for (long version = 2; version < 50; version++) {
            limiter.replacePolicies(version, List.of(perUser(10)));
            allowed += drain(limiter, user(), 20);
        }

        assertEquals(10, allowed);
    }

    @Test
    @Tag("ratelimit:L1")
    void replacePolicies_underLoad_losesNoDebtAndDropsNoRequest() {
        RateLimiter limiter = limiter(1, perUser(1_000));
        AtomicInteger answered = new AtomicInteger();

        int allowed = Parallel.count(8, 2_000, () -> {
            int request = answered.incrementAndGet();
            if (request % 100 == 0) {
                replace(limiter, request % 200 == 0 ? 2_000 : 1_000);
            }
            return limiter.check(user()).allowed();
        });

        assertEquals(16_000, answered.get());
        assertEquals(1_000, allowed);
        assertEquals(161, limiter.version());
    }

    private static synchronized void replace(RateLimiter limiter, long amount) {
        limiter.replacePolicies(limiter.version() + 1, List.of(perUser(amount)));
    }

    @Test
    @Tag("ratelimit:L1")
    void replacePolicies_whileADecisionIsMade_eachSeesOneVersionOnly() {
        AtomicReference<RateLimiter> limiter = new AtomicReference<>();
        // The first policy's key is read, then the set is replaced, then the second policy is asked.
        Policy first = Policy.named("first")
                .key(Keys.custom("any", facts -> {
                    RateLimiter running = limiter.get();
                    if (running.version() == 1) {
                        running.replacePolicies(2, List.of(perUser(50)));
                    }
                    return Optional.of("k");
                }))
                .limit(Limit.of("a", 5, MINUTE))
                .build();
        Policy second = Policy.named("second")
                .key(Keys.user())
                .limit(Limit.of("a", 5, MINUTE))
                .build();
        limiter.set(limiter(1, first, second));

        Decision before = limiter.get().check(user());
        Decision after = limiter.get().check(user());

        assertEquals(List.of("first", "second"), names(before));
        assertEquals(List.of("p"), names(after));
    }

    @Test
    @Tag("ratelimit:L2")
    void replacePolicies_oneFault_changesNothing() {
        RateLimiter limiter = limiter(5, perUser(10));
        List<Policy> twice = List.of(perUser(1), perUser(2));

        assertThrows(RateLimitConfigurationException.class, () -> limiter.replacePolicies(6, twice));
        assertThrows(RateLimitConfigurationException.class, () -> limiter.replacePolicies(6, List.of()));
        assertThrows(RateLimitConfigurationException.class, () -> limiter.replacePolicies(5, List.of(perUser(1))));

        assertEquals(5, limiter.version());
        assertEquals(10, drain(limiter, user(), 20));
        assertTrue(listener.replaced.isEmpty());
    }

    @Test
    @Tag("ratelimit:L2")
    void replacePolicies_aStoreRefusesTheSecond_theFirstIsNotTakenOver() {
        Policy other = Policy.named("other")
                .key(Keys.user())
                .limit(Limit.of("a", 5, MINUTE))
                .build();
        store.open(BucketStore.SpaceSpec.of("other", List.of(Limit.of("a", 6, MINUTE)))
                        .withVersion(6))
                .take("k", 1);
        RateLimiter limiter = limiter(5, perUser(10));

        assertThrows(
                RateLimitConfigurationException.class, () -> limiter.replacePolicies(6, List.of(perUser(1), other)));
        assertEquals(10, drain(limiter, user(), 20));
        ticker.advance(MINUTE);
        limiter.replacePolicies(6, List.of(perUser(2)));

        assertEquals(2, drain(limiter, user(), 20));
    }

    @Test
    @Tag("ratelimit:L3")
    void check_olderAndNewerSideBySide_countByTheNewerAndNeverFlap() {
        RateLimiter older = limiter(1, perUser(10));
        RateLimiter newer = limiter(2, perUser(20));

        int allowed = 0;
        for (int round = 0; round < 40; round++) {
            allowed += drain(older, user(), 1) + drain(newer, user(), 1);
        }

        assertEquals(20, allowed);
        ticker.advance(MINUTE);
        assertEquals(20, drain(older, user(), 40));
        assertEquals(Duration.ofSeconds(3), older.check(user()).retryAfter());
    }

    @Test
    @Tag("ratelimit:L4")
    void check_tierUp_givesTheDifferenceAtOnce() {
        RateLimiter limiter = limiter(1, tiered());
        assertEquals(10, drain(limiter, on("free"), 20));

        assertEquals(90, drain(limiter, on("pro"), 200));
    }

    @Test
    @Tag("ratelimit:L4")
    void check_tierDown_cutsToTheSmallerLimit() {
        RateLimiter limiter = limiter(1, tiered());
        drain(limiter, on("pro"), 4);

        assertEquals(6, drain(limiter, on("free"), 20));
        ticker.advance(MINUTE);
        assertEquals(100, drain(limiter, on("pro"), 200));
        assertEquals(0, drain(limiter, on("free"), 20));
        ticker.advance(Duration.ofSeconds(6));
        assertEquals(1, drain(limiter, on("free"), 20));
    }

    @Test
    @Tag("ratelimit:L4")
    @Tag("ratelimit:A20")
    void check_tiersToAndFro_givesNothing() {
        RateLimiter limiter = limiter(1, tiered());
        int allowed = 0;

        for (int round = 0; round < 50; round++) {
            allowed += drain(limiter, on("pro"), 7) + drain(limiter, on("free"), 7) + drain(limiter, on("none"), 7);
        }

        assertTrue(allowed <= 100, "allowed " + allowed);
        assertTrue(allowed >= 50, "allowed " + allowed);
    }

    @Test
    @Tag("ratelimit:L4")
    void check_tierSeenFirstByAnotherProcess_isSettledToo() {
        RateLimiter one = limiter(1, tiered());
        RateLimiter other = limiter(1, tiered());
        assertEquals(10, drain(one, on("free"), 20));

        assertEquals(90, drain(other, on("pro"), 200));
        assertEquals(0, drain(one, on("pro"), 20));
    }

    private static List<String> names(Decision decision) {
        return decision.statuses().stream().map(LimitStatus::policy).toList();
    }
}
