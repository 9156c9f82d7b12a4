package dev.hardening.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DrainTest {
    private final FakeTicker ticker = FakeTicker.create();
    private final Health health = Health.builder("drain").ticker(ticker).build().start();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final List<String> acts = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        health.close();
    }

    /** Time passes only while the drain waits; the request ends when {@code lasts} have passed since the start. */
    private Drain.Builder fake(Duration lasts) {
        long start = ticker.getAsLong();
        return Drain.builder(health)
                .ticker(ticker)
                .pause(step -> {
                    ticker.advance(step);
                    if (ticker.getAsLong() - start >= lasts.toNanos()) {
                        inFlight.set(0);
                    }
                })
                .inFlight(inFlight::get)
                .then(() -> acts.add("stopped, ready=" + health.ready()));
    }

    @Test
    @Tag("health:F18")
    void run_nothingInFlight_waitsTheDelayAlone() {
        Drain.Report report = fake(Duration.ZERO).build().run();

        assertEquals(new Drain.Report(Duration.ofSeconds(5), 0, false), report);
        assertEquals(List.of("stopped, ready=false"), acts);
    }

    @Test
    @Tag("health:F18")
    void run_requestInFlight_isWaitedFor() {
        inFlight.set(1);

        Drain.Report report = fake(Duration.ofSeconds(8)).build().run();

        assertEquals(new Drain.Report(Duration.ofSeconds(8), 0, false), report);
    }

    @Test
    @Tag("health:F18")
    void run_endlessRequest_stopsAtTheDeadline() {
        inFlight.set(3);

        Drain.Report report = fake(Duration.ofDays(1))
                .loadBalancerDelay(Duration.ofSeconds(2))
                .deadline(Duration.ofSeconds(10))
                .build()
                .run();

        assertEquals(new Drain.Report(Duration.ofSeconds(12), 3, false), report);
        assertEquals(1, acts.size());
    }

    @Test
    @Tag("health:F17")
    void run_always_takesReadinessDownFirstAndLeavesLiveness() {
        AtomicReference<Boolean> seen = new AtomicReference<>();
        fake(Duration.ZERO)
                .inFlight(() -> {
                    seen.compareAndSet(null, health.ready());
                    return 0;
                })
                .loadBalancerDelay(Duration.ZERO)
                .build()
                .run();

        assertEquals(false, seen.get());
        assertTrue(health.snapshot().draining());
        assertEquals(Status.UP, health.status(Probe.LIVE));
    }

    @Test
    @Tag("health:F18")
    void run_calledAgainMeanwhile_cutsTheWaitingShort() throws Exception {
        inFlight.set(1);
        CountDownLatch waiting = new CountDownLatch(1);
        Drain drain = Drain.builder(health)
                .inFlight(() -> {
                    waiting.countDown();
                    return inFlight.get();
                })
                .loadBalancerDelay(Duration.ZERO)
                .deadline(Duration.ofMinutes(10))
                .then(() -> acts.add("stopped"))
                .build();
        CompletableFuture<Drain.Report> first = CompletableFuture.supplyAsync(drain::run);
        assertTrue(waiting.await(10, TimeUnit.SECONDS));

        Drain.Report second = drain.run();

        assertTrue(second.hurried());
        assertEquals(1, second.left());
        assertEquals(second, first.get(10, TimeUnit.SECONDS));
        assertEquals(List.of("stopped"), acts);
        assertEquals(second, drain.run(), "a later caller gets the same report");
    }

    @Test
    void run_interrupted_stopsAtOnceAndKeepsTheFlag() {
        Thread.currentThread().interrupt();

        Drain.Report report = Drain.builder(health).build().run();

        assertTrue(Thread.interrupted());
        assertTrue(report.hurried());
    }

    @Test
    void run_interrupted_stopActionsSeeNoFlagAndItIsSetAfterwards() {
        List<Boolean> seen = new CopyOnWriteArrayList<>();
        Thread.currentThread().interrupt();

        Drain.builder(health)
                .then(() -> seen.add(Thread.currentThread().isInterrupted()))
                .then(Thread::interrupted)
                .build()
                .run();

        assertTrue(Thread.interrupted());
        assertEquals(List.of(false), seen);
    }

    @Test
    void run_laterCallerInterrupted_waitsForTheReportAndKeepsTheFlag() throws Exception {
        CountDownLatch stopping = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        inFlight.set(2);
        Drain drain = Drain.builder(health)
                .loadBalancerDelay(Duration.ZERO)
                .deadline(Duration.ZERO)
                .inFlight(inFlight::get)
                .then(stopping::countDown)
                .then(() -> CompletableFuture.runAsync(() -> awaited(release)).join())
                .build();
        CompletableFuture<Drain.Report> first = CompletableFuture.supplyAsync(drain::run);
        assertTrue(stopping.await(10, TimeUnit.SECONDS));
        AtomicReference<Drain.Report> report = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread second = new Thread(() -> {
            Thread.currentThread().interrupt();
            report.set(drain.run());
            flag.set(Thread.interrupted());
        });

        second.start();
        Eventually.until(Duration.ofSeconds(10), "the second waits", () -> second.getState() == Thread.State.WAITING);
        release.countDown();
        second.join();

        assertEquals(2, report.get().left());
        assertEquals(first.get(10, TimeUnit.SECONDS), report.get());
        assertEquals(true, flag.get());
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void run_brokenStopsAndCounter_areContained() {
        fake(Duration.ZERO)
                .then(() -> {
                    throw new AssertionError("canary");
                })
                .then(() -> acts.add("last"))
                .inFlight(() -> {
                    throw new IllegalStateException("canary");
                })
                .build()
                .run();

        assertEquals(List.of("stopped, ready=false", "last"), acts);
    }

    @Test
    void run_fromItsOwnStopAction_isRefusedInsteadOfHanging() {
        AtomicReference<Drain> self = new AtomicReference<>();
        AtomicReference<Throwable> refused = new AtomicReference<>();
        self.set(fake(Duration.ZERO)
                .then(() -> refused.set(assertThrows(
                        IllegalStateException.class, () -> self.get().run())))
                .build());

        self.get().run();

        assertTrue(refused.get() != null);
    }

    @Test
    void onShutdown_always_registersAHookThatIsNotRunNow() {
        Drain drain = fake(Duration.ZERO).build().onShutdown();

        assertFalse(health.snapshot().draining());
        drain.run();
        Eventually.until(Duration.ofSeconds(1), "stopped", () -> acts.size() == 1);
    }

    @Test
    void build_timesOutOfRange_tellsBoth() {
        Drain.Builder builder = Drain.builder(health)
                .loadBalancerDelay(Duration.ofMillis(-1))
                .deadline(Duration.ofMinutes(10).plusNanos(1));

        assertEquals(
                2,
                assertThrows(HealthConfigurationException.class, builder::build)
                        .faults()
                        .size());
    }
}
