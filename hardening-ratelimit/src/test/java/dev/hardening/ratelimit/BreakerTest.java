package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Health;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.FailureMode.Trip;
import dev.hardening.ratelimit.RateLimitEvent.StoreState;
import dev.hardening.ratelimit.RateLimitEvent.StoreStateChanged;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BreakerTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration NANO = Duration.ofNanos(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingListener listener = new RecordingListener();
    private final Breaker breaker = new Breaker(OutageSpec.standard().withTicker(ticker), listener);
    private final AtomicInteger asked = new AtomicInteger();

    /** Whether the store was asked. */
    private boolean call(boolean answers) {
        int before = asked.get();
        breaker.call(
                () -> {
                    asked.incrementAndGet();
                    if (!answers) {
                        throw new RateLimitUnavailableException("silent");
                    }
                    return true;
                },
                failure -> false);
        return asked.get() > before;
    }

    private void fail(int times) {
        for (int time = 0; time < times; time++) {
            call(false);
        }
    }

    @Test
    @Tag("ratelimit:O1")
    void call_fiveFailuresInARow_leavesTheStoreAlone() {
        fail(4);
        assertTrue(call(true));
        fail(4);
        assertTrue(call(false));

        assertFalse(call(true));
    }

    @Test
    @Tag("ratelimit:O1")
    void call_halfOfTwentyFail_leavesTheStoreAlone() {
        for (int pair = 0; pair < 9; pair++) {
            assertTrue(call(true));
            assertTrue(call(false));
        }
        assertTrue(call(true));
        assertTrue(call(false), "the twentieth call");

        assertFalse(call(true));
    }

    @Test
    void call_lessThanHalfFail_goesOn() {
        for (int round = 0; round < 100; round++) {
            assertTrue(call(true));
            assertTrue(call(true));
            assertTrue(call(false));
        }
    }

    @Test
    void call_failuresOutsideOfTheWindow_areForgotten() {
        for (int pair = 0; pair < 9; pair++) {
            call(false);
            call(true);
        }
        ticker.advance(Duration.ofSeconds(10));

        assertTrue(call(true));
        assertTrue(call(false));
        assertTrue(call(true), "two calls in this window");
    }

    @Test
    void call_failuresJustInsideOfTheWindow_count() {
        for (int pair = 0; pair < 9; pair++) {
            call(false);
            call(true);
        }
        ticker.advance(Duration.ofSeconds(10).minus(NANO));

        assertTrue(call(true));
        assertTrue(call(false));
        assertFalse(call(true));
    }

    @Test
    @Tag("ratelimit:O3")
    void call_silentStore_isProbedOnceASecond() {
        fail(5);

        ticker.advance(SECOND.minus(NANO));
        assertFalse(call(true));
        ticker.advance(NANO);
        assertTrue(call(false));
        assertFalse(call(true));
        ticker.advance(SECOND);
        assertTrue(call(true));
        assertTrue(call(true), "the first answer lets all go");
    }

    @Test
    @Tag("ratelimit:O3")
    void call_slowProbeThatFails_isFollowedASecondAfterItWentOut() {
        fail(5);
        ticker.advance(SECOND);
        breaker.call(
                () -> {
                    ticker.advance(Duration.ofMillis(400));
                    throw new RateLimitUnavailableException("silent");
                },
                failure -> false);

        ticker.advance(Duration.ofMillis(600).minus(NANO));
        assertFalse(call(true));
        ticker.advance(NANO);
        assertTrue(call(true));
    }

    @Test
    @Tag("ratelimit:O3")
    void call_eightThreadsAtProbeTime_sendOne() throws Exception {
        for (int round = 0; round < 200; round++) {
            fail(5);
            ticker.advance(SECOND);
            int before = asked.get();

            Parallel.count(8, 1, () -> call(false));

            assertEquals(before + 1, asked.get());
            ticker.advance(SECOND);
            assertTrue(call(true));
        }
    }

    @Test
    @Tag("ratelimit:O4")
    void call_probeThatNeverComesBack_isReplacedAfterASecond() throws Exception {
        fail(5);
        ticker.advance(SECOND);
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch inside = new CountDownLatch(1);
        Thread lost = new Thread(() -> breaker.call(
                () -> {
                    inside.countDown();
                    await(stuck);
                    return true;
                },
                failure -> false));
        lost.start();
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        ticker.advance(SECOND.minus(NANO));
        assertFalse(call(true));
        ticker.advance(NANO);
        assertTrue(call(false), "another probe");

        stuck.countDown();
        lost.join();

        assertFalse(call(true), "what the lost probe brings after all changes nothing");
    }

    @Test
    void call_lateFailureOfAnEarlierState_changesNothing() {
        CompletableFuture<Boolean> late = new CompletableFuture<>();
        CompletableFuture<Boolean> answer =
                breaker.callAsync(() -> late, failure -> false).toCompletableFuture();
        fail(5);
        ticker.advance(SECOND);
        assertTrue(call(true));
        fail(4);

        late.completeExceptionally(new CompletionException(new RateLimitUnavailableException("late")));

        assertFalse(answer.join());
        assertTrue(call(true));
    }

    @Test
    @Tag("ratelimit:O1")
    void callAsync_failures_leaveTheStoreAlone() {
        for (int time = 0; time < 5; time++) {
            assertFalse(breaker.<Boolean>callAsync(
                            () -> CompletableFuture.failedStage(new IllegalStateException("silent")), failure -> false)
                    .toCompletableFuture()
                    .join());
        }

        assertFalse(call(true));
        assertFalse(breaker.callAsync(() -> CompletableFuture.completedStage(true), failure -> false)
                .toCompletableFuture()
                .join());
    }

    @Test
    void callAsync_supplierThatThrows_isAFailure() {
        for (int time = 0; time < 5; time++) {
            breaker.callAsync(
                    () -> {
                        throw new RateLimitUnavailableException("silent");
                    },
                    failure -> false);
        }

        assertFalse(call(true));
    }

    @Test
    void callAsync_errorOfTheStore_isAFailureAndThrownAtNobody() {
        for (int time = 0; time < 5; time++) {
            assertFalse(breaker.<Boolean>callAsync(
                            () -> {
                                throw new StackOverflowError("of the store");
                            },
                            failure -> false)
                    .toCompletableFuture()
                    .join());
        }

        assertFalse(call(true));
    }

    @Test
    void call_wrongUseAndInterruptedCallers_sayNothingAboutTheStore() {
        for (int time = 0; time < 30; time++) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> breaker.call(
                            () -> {
                                throw new IllegalArgumentException("tokens");
                            },
                            failure -> false));
            Thread.currentThread().interrupt();
            assertTrue(call(false));
            assertTrue(Thread.interrupted());
        }

        assertTrue(call(true));
    }

    @Test
    void call_error_isPassedOnAndCounted() {
        for (int time = 0; time < 5; time++) {
            assertThrows(
                    StackOverflowError.class,
                    () -> breaker.call(
                            () -> {
                                throw new StackOverflowError();
                            },
                            failure -> false));
        }

        assertFalse(call(true));
    }

    @Test
    void states_overAnOutage_areToldWithTheirTimes() {
        ticker.advance(Duration.ofSeconds(7));
        fail(5);
        ticker.advance(SECOND);
        call(false);
        ticker.advance(SECOND);
        call(true);

        assertEquals(
                List.of(
                        event(StoreState.ANSWERING, StoreState.SILENT, Duration.ofSeconds(7)),
                        event(StoreState.SILENT, StoreState.PROBED, SECOND),
                        event(StoreState.PROBED, StoreState.SILENT, Duration.ZERO),
                        event(StoreState.SILENT, StoreState.PROBED, SECOND),
                        event(StoreState.PROBED, StoreState.ANSWERING, Duration.ZERO)),
                listener.states);
    }

    private static StoreStateChanged event(StoreState before, StoreState now, Duration lasted) {
        return new StoreStateChanged("shared", before, now, lasted);
    }

    @Test
    void health_overAnOutage_tellsSinceWhen() {
        assertEquals(new Health(Health.Status.UNKNOWN, Duration.ZERO), breaker.health());
        call(true);
        ticker.advance(SECOND);
        assertEquals(new Health(Health.Status.UP, SECOND), breaker.health());

        fail(5);
        for (int probe = 1; probe < 4; probe++) {
            ticker.advance(SECOND);
            call(false);
        }
        assertEquals(new Health(Health.Status.DOWN, Duration.ofSeconds(3)), breaker.health());

        ticker.advance(SECOND);
        call(true);
        assertEquals(new Health(Health.Status.UP, Duration.ZERO), breaker.health());
    }

    @Test
    void silence_whileOpen_namesTheCause() {
        assertNull(breaker.silence().getCause());
        fail(5);

        assertEquals("silent", breaker.silence().getCause().getMessage());
    }

    @Test
    void trip_outOfRange_isRefused() {
        Duration window = Duration.ofSeconds(10);
        assertThrows(IllegalArgumentException.class, () -> new Trip(0, 50, 20, window, SECOND));
        assertThrows(IllegalArgumentException.class, () -> new Trip(5, 0, 20, window, SECOND));
        assertThrows(IllegalArgumentException.class, () -> new Trip(5, 101, 20, window, SECOND));
        assertThrows(IllegalArgumentException.class, () -> new Trip(5, 50, 0, window, SECOND));
        assertThrows(IllegalArgumentException.class, () -> new Trip(5, 50, 20, Duration.ofMillis(999), SECOND));
        assertThrows(IllegalArgumentException.class, () -> new Trip(5, 50, 20, window, Duration.ofMillis(9)));
        assertEquals(1, new Trip(1, 100, 1, SECOND, SECOND).failures());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** A probe that has learned nothing keeps nobody else from probing. */
    @Test
    @Tag("ratelimit:O3")
    void call_probeIsWrongUse_theNextOneProbesAtOnce() {
        fail(5);
        ticker.advance(SECOND);
        assertThrows(IllegalArgumentException.class, () -> breaker.call(BreakerTest::wrong, failure -> true));

        assertTrue(call(true));
        assertTrue(call(true));
    }

    @Test
    void callAsync_wrongUse_failsAsItDoesSynchronously() {
        CompletionStage<Boolean> thrown =
                breaker.callAsync(() -> CompletableFuture.completedStage(wrong()), failure -> true);
        CompletionStage<Boolean> later = breaker.callAsync(
                () -> CompletableFuture.failedStage(new IllegalArgumentException("tokens")), failure -> true);

        for (CompletionStage<Boolean> stage : List.of(thrown, later)) {
            CompletionException failure = assertThrows(
                    CompletionException.class, () -> stage.toCompletableFuture().join());
            assertInstanceOf(IllegalArgumentException.class, failure.getCause());
        }
    }

    private static boolean wrong() {
        throw new IllegalArgumentException("tokens");
    }
}
