package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.RateLimitAdmin.Result;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callers who are blocked, in the heap and in a store that several processes share. */
class BlocksTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final RequestFacts BAD = RequestFacts.builder().userId("bad").build();
    private static final RequestFacts GOOD =
            RequestFacts.builder().userId("good").build();

    private final FakeTicker ticker = FakeTicker.create();
    private final BucketStore heap = BucketStores.local(LocalSpec.standard().withTicker(ticker));
    private final BreakableStore shared = new BreakableStore(heap);
    private final RecordingListener listener = new RecordingListener();

    /** Where the buckets are. */
    private enum Place {
        HEAP,
        SHARED
    }

    private static Policy.Builder policy(String name) {
        return Policy.named(name).key(Keys.user()).limit(Limit.of("a", 10, Duration.ofHours(1)));
    }

    private RateLimiter limiter(BucketStore store, Policy... policies) {
        RateLimiter.Builder builder =
                RateLimiter.builder().store(store).ticker(ticker).listener(listener);
        List.of(policies).forEach(builder::policy);
        return builder.build();
    }

    private RateLimiter limiter(Place place) {
        return limiter(place == Place.HEAP ? heap : shared, policy("p").build());
    }

    private void pass(Duration time) {
        ticker.advance(time);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void blocked_caller_isDeniedForExactlyTheTimeAndTakesNothing(Place place) {
        RateLimiter limiter = limiter(place);

        assertEquals(Result.DONE, limiter.admin().block("p", BAD, MINUTE));

        Decision decision = limiter.check(BAD);
        assertEquals(Outcome.DENIED, decision.outcome());
        assertEquals(MINUTE, decision.retryAfter());
        assertEquals(List.of("p"), decision.violated());
        assertTrue(limiter.check(GOOD).allowed());
        pass(MINUTE.minusNanos(1));
        assertEquals(Duration.ofNanos(1), limiter.check(BAD).retryAfter());
        pass(Duration.ofNanos(1));
        assertTrue(limiter.check(BAD).allowed());
        assertEquals(
                9,
                limiter.admin().peek("p", BAD).orElseThrow().statuses().get(0).remaining());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void block_longer_extendsAndShorterDoesNotShorten(Place place) {
        RateLimiter limiter = limiter(place);
        RateLimitAdmin admin = limiter.admin();
        admin.block("p", BAD, MINUTE);

        admin.block("p", BAD, SECOND);
        assertEquals(MINUTE, limiter.check(BAD).retryAfter());
        pass(Duration.ofMillis(1_500));
        admin.block("p", BAD, Duration.ofMinutes(2));
        Duration left = limiter.check(BAD).retryAfter();
        assertTrue(left.compareTo(Duration.ofMinutes(2)) >= 0, left::toString);
        assertTrue(left.compareTo(Duration.ofMinutes(2).plus(SECOND)) < 0, left::toString);
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void unblock_endsTheBlockAtOnceInThisProcess(Place place) {
        RateLimiter limiter = limiter(place);
        limiter.admin().block("p", BAD, MINUTE);
        assertFalse(limiter.check(BAD).allowed());

        assertEquals(Result.DONE, limiter.admin().unblock("p", BAD));

        assertTrue(limiter.check(BAD).allowed());
        assertEquals(Duration.ZERO, limiter.admin().peek("p", BAD).orElseThrow().blockedFor());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void block_outlivesANewSetOfPolicies(Place place) {
        RateLimiter limiter = limiter(place);
        limiter.admin().block("p", BAD, MINUTE);

        limiter.replacePolicies(
                1, List.of(policy("p").limit(Limit.of("b", 5, MINUTE)).build()));

        assertEquals(MINUTE, limiter.check(BAD).retryAfter());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void block_underOneOfTwoPolicies_takesFromNeither(Place place) {
        RateLimiter limiter = limiter(
                place == Place.HEAP ? heap : shared,
                policy("first").build(),
                policy("second").build());
        limiter.admin().block("second", BAD, MINUTE);

        Decision decision = limiter.check(BAD);

        assertEquals(List.of("second"), decision.violated());
        assertEquals(
                10,
                limiter.admin()
                        .peek("first", BAD)
                        .orElseThrow()
                        .statuses()
                        .get(0)
                        .remaining());
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void block_onTrial_isToldAndLetsPass(Place place) {
        RateLimiter limiter = limiter(
                place == Place.HEAP ? heap : shared,
                policy("p").mode(Policy.Mode.SHADOW).build());
        limiter.admin().block("p", BAD, MINUTE);

        Decision decision = limiter.check(BAD);

        assertEquals(Outcome.SHADOW_DENIED, decision.outcome());
        assertEquals(List.of("p"), decision.shadowViolated());
    }

    @Test
    void block_inAHeapThatTwoLimitersShare_holdsForBoth() {
        RateLimiter one = limiter(heap, policy("p").build());
        RateLimiter other = limiter(heap, policy("p").build());

        one.admin().block("p", BAD, MINUTE);

        assertFalse(other.check(BAD).allowed());
    }

    @Test
    void heap_onceTheLastBlockIsOver_isQuietAgain() {
        LocalBucketStore store = new LocalBucketStore(LocalSpec.standard().withTicker(ticker));
        HeapBlocks blocks = new HeapBlocks(store.open(Blocks.space("p")));
        assertTrue(blocks.quiet());

        blocks.block("bad", MINUTE);
        blocks.block("worse", SECOND);
        pass(SECOND);
        assertEquals(Duration.ZERO, blocks.asked("worse"));
        assertFalse(blocks.quiet());
        pass(MINUTE);
        assertEquals(Duration.ZERO, blocks.asked("bad"));

        assertTrue(blocks.quiet());
    }

    @Test
    void heap_onceTheLastBlockIsLifted_isQuietAgain() {
        LocalBucketStore store = new LocalBucketStore(LocalSpec.standard().withTicker(ticker));
        HeapBlocks blocks = new HeapBlocks(store.open(Blocks.space("p")));
        HeapBlocks ofAnotherLimiter = new HeapBlocks(store.open(Blocks.space("p")));
        blocks.block("bad", Duration.ofDays(366));
        ofAnotherLimiter.block("worse", MINUTE);

        blocks.unblock("bad");

        assertFalse(blocks.quiet());
        assertEquals(MINUTE, blocks.asked("worse"));
        pass(MINUTE);
        assertEquals(Duration.ZERO, blocks.asked("worse"));
        assertTrue(blocks.quiet());

        blocks.block("bad", Duration.ofDays(366));
        blocks.unblock("bad");
        assertTrue(blocks.quiet());
    }

    @Test
    void heap_blocksAndTheirEndsInParallel_loseNone() {
        LocalBucketStore store = new LocalBucketStore(LocalSpec.standard().withTicker(ticker));
        LocalSpace space = store.open(Blocks.space("p"));
        HeapBlocks blocks = new HeapBlocks(space);
        HeapBlocks ofAnotherLimiter = new HeapBlocks(store.open(Blocks.space("p")));
        for (int key = 0; key < 500; key++) {
            blocks.block("k" + key, SECOND);
            space.resetBy("k" + key);
        }

        int passed = Parallel.count(8, 200, () -> {
            String key = Thread.currentThread().getName();
            HeapBlocks here = Thread.currentThread().getId() % 2 == 0 ? blocks : ofAnotherLimiter;
            here.block(key, MINUTE);
            boolean unseen = here.quiet() || here.asked(key).isZero();
            here.unblock(key);
            return unseen;
        });

        assertEquals(0, passed);
        assertTrue(blocks.quiet());
    }

    @Test
    void heap_whoseTableIsFull_refusesToBlockRatherThanStrangers() {
        BucketStore small =
                BucketStores.local(LocalSpec.standard().withTicker(ticker).withMaxKeys(16));
        RateLimiter limiter = limiter(small, policy("p").build());
        int blocked = 0;
        for (int user = 0; user < 200; user++) {
            RequestFacts facts = RequestFacts.builder().userId("bad" + user).build();
            blocked += limiter.admin().block("p", facts, MINUTE) == Result.DONE ? 1 : 0;
        }

        assertEquals(16, blocked);
        assertEquals(16, listener.administered.size());
        for (int user = 16; user < 3_000; user++) {
            RequestFacts facts =
                    RequestFacts.builder().userId("stranger" + user).build();
            assertEquals(
                    Duration.ZERO,
                    limiter.admin().peek("p", facts).orElseThrow().blockedFor());
        }
    }

    @Test
    void anotherProcess_seesBlockAndUnblockWithinTwoSeconds() {
        RateLimiter here = limiter(Place.SHARED);
        RateLimiter there = limiter(Place.SHARED);
        assertTrue(there.check(BAD).allowed());

        here.admin().block("p", BAD, MINUTE);
        pass(SECOND);
        assertFalse(there.check(BAD).allowed());
        here.admin().unblock("p", BAD);
        pass(SECOND);
        assertTrue(there.check(BAD).allowed());
        here.admin().block("p", BAD, MINUTE);
        pass(SECOND);
        assertFalse(there.check(BAD).allowed());
    }

    @Test
    void nobodyBlocked_costsOneQuestionASecondWhateverTheLoad() {
        AtomicInteger asked = new AtomicInteger();
        shared.broken = name -> {
            asked.addAndGet(name.endsWith(".blocks") ? 1 : 0);
            return false;
        };
        RateLimiter limiter = limiter(Place.SHARED);

        for (int step = 0; step < 10_000; step++) {
            limiter.check(RequestFacts.builder().userId("u" + step % 700).build());
            pass(Duration.ofMillis(1));
        }

        assertEquals(10, asked.get());
    }

    @Test
    void somebodyBlocked_costsOneQuestionAKeyAndSecondBeside() {
        RateLimiter limiter = limiter(Place.SHARED);
        limiter.admin().block("p", BAD, MINUTE);
        AtomicInteger asked = new AtomicInteger();
        shared.broken = name -> {
            asked.addAndGet(name.endsWith(".blocks") ? 1 : 0);
            return false;
        };

        for (int step = 0; step < 5_000; step++) {
            assertFalse(limiter.check(BAD).allowed());
            limiter.check(GOOD);
            pass(Duration.ofMillis(1));
        }

        assertEquals(14, asked.get(), "a marker and two keys, five times; the caller's first is known from the block");
        for (int step = 0; step < 50_000; step++) {
            assertFalse(limiter.check(BAD).allowed());
            limiter.check(GOOD);
            pass(Duration.ofMillis(1));
        }
        assertEquals(14 + 2 * 50 + 1, asked.get(), "a marker and who is blocked; who is not, once more after the news");
    }

    @Test
    void marker_thatIsSilent_leavesTheEarlierAnswer() {
        RateLimiter limiter = limiter(Place.SHARED);
        limiter.admin().block("p", BAD, MINUTE);
        limiter.check(BAD);
        shared.broken = name -> name.endsWith(".blocks");

        for (int second = 1; second < 60; second++) {
            pass(SECOND);
            assertEquals(MINUTE.minusSeconds(second), limiter.check(BAD).retryAfter());
            assertTrue(second > 8 || limiter.check(GOOD).allowed());
        }
        pass(SECOND);

        assertTrue(limiter.check(BAD).allowed(), "it ends without an answer, too");
        assertTrue(listener.failed.stream().allMatch(event -> event.operation() == RateLimitEvent.Operation.BLOCK));
        assertFalse(listener.failed.isEmpty());
    }

    @Test
    void storeThatIsSilent_isNotAskedByEachRequest() {
        AtomicInteger asked = new AtomicInteger();
        RateLimiter limiter = limiter(Place.SHARED);
        limiter.admin().block("p", BAD, MINUTE);
        shared.broken = name -> {
            asked.addAndGet(name.endsWith(".blocks") ? 1 : 0);
            return name.endsWith(".blocks");
        };

        for (int step = 0; step < 1_000; step++) {
            limiter.check(GOOD);
        }

        assertEquals(2, asked.get(), "the marker is known; the first question fails, and so it stays for a second");
    }

    @Test
    void async_blockedCaller_isDeniedWithoutBeingWaitedFor() {
        RateLimiter limiter = RateLimiter.builder()
                .store(shared)
                .ticker(ticker)
                .policy(policy("p").build())
                .executor(Runnable::run)
                .build();
        limiter.admin().block("p", BAD, MINUTE);

        assertEquals(
                MINUTE, limiter.checkAsync(BAD).toCompletableFuture().join().retryAfter());
        assertTrue(limiter.checkAsync(GOOD).toCompletableFuture().join().allowed());
    }

    @Test
    void build_aPolicyNamedLikeAnothersBlocks_isRefused() {
        RateLimitConfigurationException refused = assertThrows(
                RateLimitConfigurationException.class,
                () -> limiter(heap, policy("p").build(), policy("p.blocks").build()));

        assertTrue(refused.getMessage().contains("p.blocks"), refused::getMessage);
    }

    @Test
    void blockAndCheck_inParallel_neverLosesABlock() {
        RateLimiter limiter =
                RateLimiter.builder().store(heap).policy(policy("p").build()).build();

        int passed = Parallel.count(8, 200, () -> {
            RequestFacts facts = RequestFacts.builder()
                    .userId(Thread.currentThread().getName())
                    .build();
            limiter.admin().block("p", facts, MINUTE);
            boolean allowed = limiter.check(facts).allowed();
            limiter.admin().unblock("p", facts);
            return allowed;
        });

        assertEquals(0, passed);
    }

    @Test
    void left_floodOfOtherKeysAndASilentStore_aKnownBlockHolds() {
        SharedBlocks blocks = new SharedBlocks(() -> shared.open(Blocks.space("p")), ticker, failure -> {});
        assertTrue(blocks.block("bad", MINUTE));
        assertEquals(MINUTE, left(blocks, "bad"));
        for (int key = 0; key < 30_000; key++) {
            for (int time = 0; time < 5; time++) {
                left(blocks, "k" + key);
            }
        }
        shared.broken = name -> true;
        pass(SECOND.multipliedBy(2));

        assertEquals(MINUTE.minusSeconds(2), left(blocks, "bad"));
        pass(MINUTE);
        assertEquals(Duration.ZERO, left(blocks, "bad"));
    }

    private static Duration left(SharedBlocks blocks, String key) {
        return blocks.left(key, Asking.WAITING).join();
    }
}
