package dev.hardening.auth.password;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HashingGateTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void stop() {
        release.countDown();
        threads.shutdown();
    }

    @Test
    void run_freePermit_runsTheWorkAndGivesItBack() {
        HashingGate gate = HashingGate.builder().permits(1).build();

        assertEquals("done", gate.run(() -> "done", retryAfter -> "busy"));
        assertEquals("again", gate.run(() -> "again", retryAfter -> "busy"));
        assertEquals(1, gate.free());
    }

    @Test
    void run_workThrows_thePermitComesBack() {
        HashingGate gate = HashingGate.builder().permits(1).build();

        assertThrows(
                IllegalStateException.class,
                () -> gate.run(
                        () -> {
                            throw new IllegalStateException("work");
                        },
                        retryAfter -> "busy"));

        assertEquals(1, gate.free());
    }

    @Test
    void run_noPermitWithinTheWait_saysBusyWithThePause() {
        HashingGate gate = HashingGate.builder()
                .permits(1)
                .maximumWait(Duration.ofMillis(1))
                .retryAfter(Duration.ofSeconds(3))
                .build();
        occupy(gate);

        assertEquals("PT3S", gate.run(() -> "done", Duration::toString));
        assertEquals(1, gate.turnedAway());
    }

    @Test
    void run_queueFull_saysBusyAtOnce() {
        HashingGate gate = HashingGate.builder()
                .permits(1)
                .maximumQueue(0)
                .maximumWait(SOON)
                .build();
        occupy(gate);

        assertEquals("busy", gate.run(() -> "done", retryAfter -> "busy"));
    }

    @Test
    void run_threadsInTheQueue_areServedInTheOrderOfArrival() {
        HashingGate gate = HashingGate.builder().permits(1).maximumWait(SOON).build();
        List<Integer> order = new ArrayList<>();
        occupy(gate);

        List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            waiting.add(CompletableFuture.supplyAsync(
                    () -> gate.run(() -> order.add(number), retryAfter -> false), threads));
            Eventually.until(SOON, "thread " + i + " waits", () -> gate.waiting() == number + 1);
        }
        release.countDown();
        waiting.forEach(CompletableFuture::join);

        assertEquals(List.of(0, 1, 2, 3), order);
    }

    @Test
    void run_manyThreads_neverMoreInsideThanPermits() {
        HashingGate gate = HashingGate.builder()
                .permits(3)
                .maximumQueue(100)
                .maximumWait(SOON)
                .build();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();

        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(CompletableFuture.runAsync(
                    () -> gate.run(
                            () -> {
                                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                Thread.onSpinWait();
                                return inside.decrementAndGet();
                            },
                            retryAfter -> -1),
                    threads));
        }
        all.forEach(CompletableFuture::join);

        assertTrue(most.get() <= 3, "inside at once: " + most);
        assertEquals(0, gate.turnedAway());
    }

    @Test
    void run_interruptedThread_saysBusyAndKeepsTheFlag() {
        HashingGate gate = HashingGate.builder().permits(1).build();

        Thread.currentThread().interrupt();

        assertEquals("busy", gate.run(() -> "done", retryAfter -> "busy"));
        assertTrue(Thread.interrupted());
    }

    @Test
    void runIfIdle_freePermit_runsAndOtherwiseDoesNot() {
        HashingGate gate = HashingGate.builder().permits(1).build();
        AtomicInteger runs = new AtomicInteger();

        assertTrue(gate.runIfIdle(runs::incrementAndGet));
        occupy(gate);
        assertFalse(gate.runIfIdle(runs::incrementAndGet));

        assertEquals(1, runs.get());
    }

    @Test
    void build_boundsOutOfRange_namesAllOfThem() {
        var refusal = assertThrows(
                AuthConfigurationException.class,
                () -> HashingGate.builder()
                        .permits(0)
                        .maximumQueue(-1)
                        .maximumWait(Duration.ofSeconds(11))
                        .retryAfter(Duration.ZERO)
                        .build());

        assertEquals(4, refusal.faults().size());
    }

    @Test
    void cores_always_hasAPermitForEachCore() {
        assertEquals(
                Runtime.getRuntime().availableProcessors(), HashingGate.cores().free());
    }

    private void occupy(HashingGate gate) {
        CountDownLatch inside = new CountDownLatch(1);
        threads.execute(() -> gate.run(
                () -> {
                    inside.countDown();
                    return await(release);
                },
                retryAfter -> false));
        await(inside);
    }

    private static boolean await(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
