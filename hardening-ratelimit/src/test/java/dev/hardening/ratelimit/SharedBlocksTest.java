package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a process knows of blocks in a shared store, what it asks for that, and when it is wrong. */
class SharedBlocksTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration YEAR = Duration.ofDays(366);

    private final FakeTicker ticker = FakeTicker.create();
    private final BreakableStore store =
            new BreakableStore(BucketStores.local(LocalSpec.standard().withTicker(ticker)));
    private final List<RuntimeException> failures = new ArrayList<>();

    /** How a process spends the time in which a caller is blocked by another one and does not come. */
    private enum Meanwhile {
        /** No request. */
        IDLE,
        /** Other callers, often enough to hear all news. */
        BUSY,
        /** Other callers, too rarely to hear all news. */
        SLOW;

        Duration step() {
            return switch (this) {
                case IDLE -> Duration.ofMinutes(10);
                case BUSY -> Duration.ofMillis(450);
                case SLOW -> Duration.ofMillis(4_100);
            };
        }
    }

    private SharedBlocks process() {
        return process(store.open(Blocks.space("p")));
    }

    private SharedBlocks process(Space space) {
        return new SharedBlocks(() -> space, ticker, failures::add);
    }

    private static CompletableFuture<Duration> asking(SharedBlocks blocks, String key) {
        return blocks.left(key, Asking.GOING_ON);
    }

    private static Duration left(SharedBlocks blocks, String key) {
        return asking(blocks, key).join();
    }

    private static boolean blocked(SharedBlocks blocks, String key) {
        return !left(blocks, key).isZero();
    }

    private AtomicInteger questions() {
        AtomicInteger asked = new AtomicInteger();
        store.broken = name -> {
            asked.incrementAndGet();
            return false;
        };
        return asked;
    }

    @ParameterizedTest
    @EnumSource(Meanwhile.class)
    void block_seenByNoProcessForMinutes_isEnforcedWhenItsCallerComesBack(Meanwhile meanwhile) {
        SharedBlocks process = process();
        process().block("other", HOUR);
        for (int step = 0; step < 20; step++) {
            assertFalse(blocked(process, "bad"), "known not to be blocked");
            ticker.advance(Duration.ofMillis(450));
        }

        process().block("bad", HOUR);

        long end = ticker.getAsLong() + Duration.ofMinutes(10).toNanos();
        while (ticker.getAsLong() < end) {
            ticker.advance(meanwhile.step());
            assertTrue(meanwhile == Meanwhile.IDLE || !blocked(process, "good"));
        }
        assertTrue(blocked(process, "bad"));
        assertTrue(blocked(process(), "bad"), "by a process that has just begun");
    }

    @Test
    void block_madeWhileNobodyLooked_holdsWhereTheMarkerWasKnownToEnd() {
        SharedBlocks process = process();
        process().block("other", MINUTE);
        assertFalse(blocked(process, "good"));
        ticker.advance(Duration.ofSeconds(20));
        process().block("bad", HOUR);
        ticker.advance(Duration.ofMillis(39_500));
        assertFalse(blocked(process, "good"));

        ticker.advance(Duration.ofMillis(600));

        assertTrue(blocked(process, "bad"), "between two looks");
    }

    @Test
    void block_ofACallerWhoKeepsAsking_isSeenWithinTwoSeconds() {
        process().block("other", YEAR);
        for (int phase = 0; phase < 40; phase++) {
            SharedBlocks process = process();
            String key = "bad" + phase;
            for (int step = 0; step < 100 + phase * 3; step++) {
                assertFalse(blocked(process, key));
                ticker.advance(Duration.ofMillis(77));
            }

            process().block(key, HOUR);
            long begin = ticker.getAsLong();
            while (!blocked(process, key)) {
                ticker.advance(Duration.ofMillis(77));
            }

            Duration took = Duration.ofNanos(ticker.getAsLong() - begin);
            assertTrue(took.compareTo(SECOND.multipliedBy(2)) <= 0, took::toString);
        }
    }

    @Test
    void block_long_costsOneQuestionASecondAndOneAKeyAndMinute() {
        SharedBlocks process = process();
        process.block("bad", YEAR);
        ticker.advance(HOUR);
        assertTrue(blocked(process, "bad"));
        ticker.advance(SECOND);
        AtomicInteger asked = questions();

        askAll(process, 59);
        assertEquals(59 + 100, asked.get(), "a marker each second, and each key once");
        askAll(process, 60);
        assertEquals(59 + 100 + 60 + 100, asked.get());
    }

    @Test
    void unblock_ofTheLast_leavesNoQuestionForEachKeyAndSecond() {
        SharedBlocks process = process();
        process.block("bad", YEAR);
        process.unblock("bad");
        ticker.advance(Duration.ofDays(30));
        assertFalse(blocked(process, "bad"));
        ticker.advance(SECOND);
        AtomicInteger asked = questions();

        askAll(process, 59);

        assertEquals(59 + 100, asked.get());
        assertFalse(blocked(process, "bad"));
    }

    /** A hundred callers, ten times a second. */
    private void askAll(SharedBlocks process, int seconds) {
        for (int step = 0; step < 10 * seconds; step++) {
            for (int key = 0; key < 100; key++) {
                assertFalse(blocked(process, "k" + key));
            }
            ticker.advance(Duration.ofMillis(100));
        }
    }

    @Test
    void block_manyInARow_keepsTheNewsShort() {
        SharedBlocks process = process();
        for (int key = 0; key < 500; key++) {
            process.block("bad" + key, HOUR);
        }
        ticker.advance(Duration.ofSeconds(9));
        left(process, "good");
        ticker.advance(SECOND);
        left(process, "good");
        ticker.advance(SECOND);
        AtomicInteger asked = questions();

        left(process, "good");
        ticker.advance(SECOND);
        left(process, "good");

        assertEquals(2, asked.get(), "a marker each second; of the key nothing new is to be heard");
    }

    @Test
    void block_whoseStoreFallsSilentAtOnce_holdsInThisProcess() {
        SharedBlocks process = process();
        process.block("bad", MINUTE);
        store.broken = name -> true;

        assertEquals(MINUTE, left(process, "bad"));
        ticker.advance(MINUTE.minusNanos(1));
        assertEquals(Duration.ofNanos(1), left(process, "bad"));
        assertFalse(failures.isEmpty());
    }

    @Test
    void left_markersThatDoNotAnswerWhileKeysDo_trustsNothingThatWasSaidBefore() {
        AtomicBoolean deaf = new AtomicBoolean();
        SharedBlocks here = process(new PassingSpace(store.open(Blocks.space("p"))) {
            @Override
            public Take peek(String key, long tokens) {
                if (deaf.get() && key.startsWith("*")) {
                    throw new RateLimitUnavailableException("locked");
                }
                return super.peek(key, tokens);
            }
        });
        SharedBlocks there = process();
        there.block("other", YEAR);
        for (int second = 0; second < 10; second++) {
            assertFalse(blocked(here, "bad"));
            ticker.advance(SECOND);
        }

        ticker.advance(Duration.ofSeconds(5));
        there.block("bad", YEAR);
        deaf.set(true);

        assertTrue(blocked(here, "bad"));
        assertFalse(failures.isEmpty());
    }

    @Test
    void left_markerAskedForBeforeTheBlock_doesNotUndoWhatWasDone() {
        LateAnswers late = new LateAnswers(store.open(Blocks.space("p")));
        SharedBlocks process = process(late);
        CompletableFuture<Duration> overlapping = asking(process, "bad");

        process.block("bad", MINUTE);
        late.answer();

        assertTrue(overlapping.isDone());
        assertEquals(MINUTE, asking(process, "bad").getNow(Duration.ZERO));
    }

    @Test
    void left_keyAskedForBeforeTheBlock_doesNotUndoWhatWasDone() {
        LateAnswers late = new LateAnswers(store.open(Blocks.space("p")));
        SharedBlocks process = process(late);
        process.block("other", HOUR);
        CompletableFuture<Duration> overlapping = asking(process, "bad");
        late.answer();
        assertFalse(overlapping.isDone(), "the key itself is being asked for");

        process.block("bad", MINUTE);
        late.answer();

        assertTrue(overlapping.isDone());
        assertEquals(MINUTE, asking(process, "bad").getNow(Duration.ZERO));
    }

    @Test
    void left_keyAskedForBeforeTheBlockWasLifted_doesNotBlockAgain() {
        LateAnswers late = new LateAnswers(store.open(Blocks.space("p")));
        process().block("bad", HOUR);
        SharedBlocks process = process(late);
        CompletableFuture<Duration> overlapping = asking(process, "bad");
        late.answer();
        assertFalse(overlapping.isDone());

        process.unblock("bad");
        late.answer();
        assertTrue(overlapping.isDone());
        CompletableFuture<Duration> next = asking(process, "bad");
        late.answer();

        assertEquals(Duration.ZERO, next.getNow(HOUR));
    }

    /** Answers of a store of somebody else's. */
    private enum Odd {
        NO_STAGE,
        NO_TAKE,
        THROWS,
        THROWS_LATE,
        CENTURIES,
        FOR_EVER
    }

    @ParameterizedTest
    @EnumSource(Odd.class)
    void left_whateverTheStoreAnswers_isAValueOrAToldFailure(Odd odd) {
        SharedBlocks process = process(new OddSpace(store.open(Blocks.space("p")), odd));

        Duration left = left(process, "bad");

        boolean answered = odd == Odd.CENTURIES || odd == Odd.FOR_EVER;
        assertEquals(answered, failures.isEmpty(), failures::toString);
        assertEquals(answered, left.compareTo(Duration.ofDays(36_000)) > 0, left::toString);
        ticker.advance(Duration.ofDays(1));
        assertEquals(answered, blocked(process, "bad"));
    }

    /** Answers what was so at the time of the question when a test says so. */
    private static final class LateAnswers extends PassingSpace {
        private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();

        private LateAnswers(Space space) {
            super(space);
        }

        void answer() {
            List<Runnable> now = List.copyOf(answers);
            answers.removeAll(now);
            now.forEach(Runnable::run);
        }

        @Override
        public CompletionStage<Take> peekAsync(String key, long tokens) {
            Take take = space.peek(key, tokens);
            CompletableFuture<Take> answer = new CompletableFuture<>();
            answers.add(() -> answer.complete(take));
            return answer;
        }
    }

    private static final class OddSpace extends PassingSpace {
        private final Odd odd;

        private OddSpace(Space space, Odd odd) {
            super(space);
            this.odd = odd;
        }

        @Override
        @SuppressWarnings("NullAway") // what a store that does not keep to the port may answer
        public CompletionStage<Take> peekAsync(String key, long tokens) {
            return odd == Odd.NO_STAGE ? null : CompletableFuture.completedStage(peek(key, tokens));
        }

        @Override
        @SuppressWarnings("NullAway") // what a store that does not keep to the port may answer
        public Take peek(String key, long tokens) {
            return switch (odd) {
                case NO_STAGE, NO_TAKE -> null;
                case THROWS -> throw new IllegalStateException("odd");
                case THROWS_LATE -> new KnownTake(false, null, Source.SHARED, KnownTake::nothing);
                case CENTURIES -> refused(Duration.ofDays(400 * 365));
                case FOR_EVER -> refused(Duration.ofSeconds(Long.MAX_VALUE));
            };
        }

        private static Take refused(Duration wait) {
            return Take.refused(List.of(new Level(0, wait, wait)), Source.SHARED);
        }
    }
}
