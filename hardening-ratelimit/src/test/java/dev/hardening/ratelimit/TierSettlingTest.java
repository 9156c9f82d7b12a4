package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is carried from tier to tier where stores are slow, silent or full. */
@Tag("ratelimit:L4")
@Timeout(60)
class TierSettlingTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeTicker ticker = FakeTicker.create();

    private static Policy tiered(FailureMode mode) {
        return Policy.named("p")
                .key(Keys.user())
                .limit(Limit.of("a", 40, MINUTE))
                .tier("teacher", Limit.of("a", 400, MINUTE))
                .tierBy(facts -> facts.attribute("plan"))
                .onStoreFailure(mode)
                .build();
    }

    private static RequestFacts on(String user, String plan) {
        return RequestFacts.builder().userId(user).attribute("plan", plan).build();
    }

    private static int drain(RateLimiter limiter, RequestFacts facts, int attempts) {
        int allowed = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            allowed += limiter.check(facts).allowed() ? 1 : 0;
        }
        return allowed;
    }

    @Test
    @Tag("ratelimit:O2")
    void check_firstSeenDuringAnOutage_isNotCutByTheShareOfAnotherTier() {
        SharedFake shared = new SharedFake(ticker);
        RateLimiter limiter = RateLimiter.builder()
                .store(BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker)))
                .policy(tiered(FailureMode.LOCAL))
                .build();
        shared.silent = true;

        assertEquals(10, drain(limiter, on("student", "none"), 20));
        shared.silent = false;
        ticker.advance(Duration.ofSeconds(2));
        assertTrue(limiter.check(on("student", "none")).allowed());
    }

    @Test
    @Tag("ratelimit:A6")
    void check_otherTiersTableIsFull_strangersAreNotChargedToTheCaller() {
        RateLimiter limiter = RateLimiter.builder()
                .store(BucketStores.local(new LocalSpec(16, ticker)))
                .policy(tiered(FailureMode.CLOSED))
                .build();
        for (int stranger = 0; stranger < 20_000; stranger++) {
            limiter.check(on("s" + stranger, "teacher"));
        }

        assertEquals(40, drain(limiter, on("student", "none"), 50));
    }

    @Test
    void check_manyRequestsAtTheChange_allWaitForTheSettling() {
        LateStore late = new LateStore(ticker);
        RateLimiter limiter = RateLimiter.builder()
                .store(late)
                .ticker(ticker)
                .policy(tiered(FailureMode.CLOSED))
                .build();
        for (int request = 0; request < 40; request++) {
            var decision = limiter.checkAsync(on("u", "none")).toCompletableFuture();
            late.answerUntil(decision);
            assertTrue(decision.join().allowed());
        }

        CompletableFuture<Decision> first =
                limiter.checkAsync(on("u", "teacher")).toCompletableFuture();
        CompletableFuture<Decision> second =
                limiter.checkAsync(on("u", "teacher")).toCompletableFuture();
        assertEquals(1, late.waiting(), "the second waits for the first one's question");
        late.answerUntil(first);
        late.answerUntil(second);

        assertEquals(
                358,
                Math.min(
                        first.join().statuses().get(0).remaining(),
                        second.join().statuses().get(0).remaining()));
    }

    @Test
    void checkAsync_withTiersAndARefusal_callsNothingThatWaits() {
        LateStore late = new LateStore(ticker);
        late.forbidWaiting();
        Policy one = Policy.named("one")
                .key(Keys.user())
                .limit(Limit.of("a", 1, MINUTE))
                .build();
        RateLimiter limiter = RateLimiter.builder()
                .store(late)
                .ticker(ticker)
                .policy(tiered(FailureMode.CLOSED))
                .policy(one)
                .build();
        CompletableFuture<Decision> allowed =
                limiter.checkAsync(on("u", "teacher")).toCompletableFuture();
        late.answerUntil(allowed);
        assertTrue(allowed.join().allowed());

        CompletableFuture<Decision> refused =
                limiter.checkAsync(on("u", "teacher")).toCompletableFuture();
        late.answerUntil(refused);

        assertFalse(refused.join().allowed());
        assertEquals(399, refused.join().statuses().get(0).remaining());
    }

    /** A debit of what a day has used would shut the second for minutes. */
    @Test
    void check_upgradeWithAShortLimitBeside_carriesTheDayOverAndShutsNothing() {
        Limit second = Limit.of("second", 20, Duration.ofSeconds(1));
        RateLimiter limiter = RateLimiter.builder()
                .store(BucketStores.local(LocalSpec.standard().withTicker(ticker)))
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("day", 10_000, Duration.ofDays(1)))
                        .limit(second)
                        .tier("pro", Limit.of("day", 30_000, Duration.ofDays(1)), second)
                        .tierBy(facts -> facts.attribute("plan"))
                        .build())
                .build();
        for (int request = 0; request < 9_000; request++) {
            ticker.advance(Duration.ofMillis(50));
            assertTrue(limiter.check(on("u", "none")).allowed());
        }
        long back = 10_000L * 50 * 9_000 / Duration.ofDays(1).toMillis();

        assertEquals(19, drain(limiter, on("u", "pro"), 30), "one of this second is used");
        long day = limiter.admin().peek("p", on("u", "pro")).orElseThrow().statuses().stream()
                .filter(status -> status.limit().id().equals("day"))
                .mapToLong(LimitStatus::remaining)
                .sum();
        assertTrue(Math.abs(30_000 - 9_000 - 19 + back - day) <= 1, day + " left");
    }

    /** Two processes may know one caller in two tiers all the while, by a token of yesterday and one of today. */
    @Test
    void check_twoProcessesEachWithATierOfItsOwn_settleAgain() {
        SharedFake shared = new SharedFake(ticker);
        Policy policy = Policy.named("p")
                .key(Keys.user())
                .limit(Limit.of("a", 40, Duration.ofDays(1)))
                .tier("teacher", Limit.of("a", 400, Duration.ofDays(1)))
                .tierBy(facts -> facts.attribute("plan"))
                .build();
        RateLimiter one = RateLimiter.builder()
                .store(shared)
                .ticker(ticker)
                .policy(policy)
                .build();
        RateLimiter other = RateLimiter.builder()
                .store(shared)
                .ticker(ticker)
                .policy(policy)
                .build();
        assertTrue(one.check(on("u", "none")).allowed());
        assertEquals(399, drain(other, on("u", "teacher"), 500));
        int both = 400 + drain(one, on("u", "none"), 30);
        assertEquals(430, both, "within the time in which nobody looks");

        ticker.advance(Duration.ofSeconds(5).minusNanos(1));
        assertTrue(one.check(on("u", "none")).allowed());
        ticker.advance(Duration.ofNanos(1));
        assertEquals(0, drain(one, on("u", "none"), 10));
        for (int minute = 0; minute < 60; minute++) {
            ticker.advance(Duration.ofMinutes(1));
            assertEquals(0, drain(one, on("u", "none"), 5));
        }
        assertEquals(16, drain(other, on("u", "teacher"), 100), "what an hour brings back of the higher tier");
    }

    /** Each of them sees what was used; were each to debit it, the caller would be shut out for it four times. */
    @Test
    void check_manyProcessesAtTheChange_cutOnce() throws Exception {
        for (int round = 0; round < 20; round++) {
            SharedFake shared = new SharedFake(ticker);
            List<RateLimiter> processes = IntStream.range(0, 4)
                    .mapToObj(number -> RateLimiter.builder()
                            .store(shared)
                            .ticker(ticker)
                            .policy(tiered(FailureMode.CLOSED))
                            .build())
                    .toList();
            assertEquals(40, drain(processes.get(0), on("u", "none"), 50));
            shared.inside = () -> LockSupport.parkNanos(100_000);
            AtomicInteger turn = new AtomicInteger();

            int allowed = Parallel.count(
                    4,
                    1,
                    () -> processes
                            .get(turn.getAndIncrement())
                            .check(on("u", "teacher"))
                            .allowed());

            assertEquals(4, allowed);
            shared.inside = () -> {};
            assertTrue(processes.get(0).check(on("u", "teacher")).allowed());
            long left =
                    processes.get(1).check(on("u", "teacher")).statuses().get(0).remaining();
            assertTrue(left <= 400 - 40 - 2 && left >= 400 - 40 - 6, left + " left");
        }
    }

    @Test
    void check_silentStore_asksOneBucketOfAllTiers() {
        SharedFake shared = new SharedFake(ticker);
        RateLimiter limiter = RateLimiter.builder()
                .store(shared)
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 40, MINUTE))
                        .limit(Limit.of("b", 400, Duration.ofDays(1)))
                        .tier("teacher", Limit.of("a", 400, MINUTE), Limit.of("b", 4_000, Duration.ofDays(1)))
                        .tierBy(facts -> facts.attribute("plan"))
                        .build())
                .build();
        assertTrue(limiter.check(on("before", "none")).allowed());
        shared.silent = true;
        shared.commands.set(0);
        shared.inside = () -> ticker.advance(Duration.ofMillis(250));

        assertEquals(
                Decision.Outcome.STORE_DENIED, limiter.check(on("u", "none")).outcome());

        assertEquals(1, shared.commands.get());
    }

    @Test
    void reward_inASharedStore_isNotTakenBackByTheNextSettling() {
        SharedFake shared = new SharedFake(ticker);
        RateLimiter limiter = RateLimiter.builder()
                .store(shared)
                .ticker(ticker)
                .policy(Policy.named("p")
                        .key(Keys.user())
                        .limit(Limit.of("a", 40, Duration.ofDays(1)))
                        .tier("teacher", Limit.of("a", 400, Duration.ofDays(1)))
                        .tierBy(facts -> facts.attribute("plan"))
                        .build())
                .build();
        drain(limiter, on("u", "none"), 40);
        assertEquals(359, limiter.check(on("u", "teacher")).statuses().get(0).remaining());

        limiter.admin().reward("p", on("u", "teacher"), 30);
        ticker.advance(Duration.ofSeconds(5));

        assertEquals(388, limiter.check(on("u", "teacher")).statuses().get(0).remaining());
    }
}
