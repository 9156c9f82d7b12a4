package dev.hardening.auth.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

class BackgroundWorkerTest {
    private static final Duration DRAIN = Duration.ofSeconds(5);

    private final List<String> done = new CopyOnWriteArrayList<>();

    @Test
    void offer_work_runsInOrderOnTheNamedThread() {
        BackgroundWorker worker = new BackgroundWorker("the-worker", 10, DRAIN);

        worker.offer(() -> done.add("one " + Thread.currentThread().getName()));
        worker.offer(() -> done.add("two " + Thread.currentThread().isDaemon()));
        worker.close();

        assertEquals(List.of("one the-worker", "two true"), done);
    }

    @Test
    void offer_queueFull_isRefusedAtOnce() {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (BackgroundWorker worker = new BackgroundWorker("full", 1, DRAIN)) {
            worker.offer(() -> {
                started.countDown();
                await(release);
            });
            await(started);

            assertTrue(worker.offer(() -> done.add("queued")));
            assertFalse(worker.offer(() -> done.add("too much")));
            release.countDown();
        }
        assertEquals(List.of("queued"), done);
    }

    @Test
    void offer_afterClose_isRefused() {
        BackgroundWorker worker = new BackgroundWorker("closed", 1, DRAIN);
        worker.close();

        assertFalse(worker.offer(() -> done.add("late")));
        assertEquals(List.of(), done);
    }

    @Test
    @ResourceLock(Resources.SYSTEM_ERR)
    void offer_workThrows_theNextRunsAndTheMessageIsNotLogged() {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try (BackgroundWorker worker = new BackgroundWorker("throwing", 10, DRAIN)) {
            worker.offer(() -> {
                throw new IllegalStateException("cannot mail alice@example.org");
            });
            worker.offer(() -> done.add("next"));
        } finally {
            System.setErr(before);
        }

        assertEquals(List.of("next"), done);
        assertFalse(log.toString(StandardCharsets.UTF_8).contains("alice"));
    }

    @Test
    void offer_doneRefusedOrGivenUp_isFollowedByWhatComesAfter() {
        BackgroundWorker worker = new BackgroundWorker("full", 1, Duration.ZERO);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        worker.offer(
                () -> {
                    started.countDown();
                    await(never);
                },
                ended::countDown);
        await(started);

        assertTrue(worker.offer(() -> done.add("queued"), () -> done.add("queued given up")));
        assertFalse(worker.offer(() -> done.add("refused"), () -> done.add("refused over")));
        worker.close();

        await(ended);
        assertFalse(worker.offer(() -> done.add("late"), () -> done.add("late over")));
        assertEquals(List.of("refused over", "queued given up", "late over"), done);
    }

    @Test
    @ResourceLock(Resources.SYSTEM_ERR)
    void close_nothingGivenUp_warnsOfNothing() {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        CountDownLatch worked = new CountDownLatch(1);
        try (BackgroundWorker worker = new BackgroundWorker("idle", 1, Duration.ZERO)) {
            worker.offer(worked::countDown);
            await(worked);
        } finally {
            System.setErr(before);
        }

        assertFalse(log.toString(StandardCharsets.UTF_8).contains("gave up"));
    }

    @Test
    void close_interrupted_keepsTheFlag() {
        BackgroundWorker worker = new BackgroundWorker("interrupted", 1, DRAIN);
        CountDownLatch release = new CountDownLatch(1);
        worker.offer(() -> await(release));

        Thread.currentThread().interrupt();
        worker.close();

        assertTrue(Thread.interrupted());
        release.countDown();
    }

    @Test
    void close_withoutTimeToDrain_interruptsWhatRuns() {
        BackgroundWorker worker = new BackgroundWorker("hasty", 1, Duration.ZERO);
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        worker.offer(() -> {
            started.countDown();
            await(new CountDownLatch(1));
            ended.countDown();
        });
        await(started);

        worker.close();

        await(ended);
        assertFalse(worker.offer(() -> done.add("late")));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
