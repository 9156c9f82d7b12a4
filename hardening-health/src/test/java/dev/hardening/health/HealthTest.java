package dev.hardening.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.Eventually;
import dev.hardening.testing.FakeTicker;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The whole with real threads; what needs exact times is tested on the engine. */
class HealthTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Consumer<CheckOptions> FAST = check -> check.critical()
            .every(Duration.ofMillis(20))
            .timeout(Duration.ofMillis(50))
            .failAfter(1)
            .recoverAfter(1);

    private String name = "";

    @BeforeEach
    void name(TestInfo test) {
        name = "t" + Integer.toHexString(test.getDisplayName().hashCode());
    }

    private void until(String what, java.util.concurrent.Callable<Boolean> condition) {
        Eventually.until(SOON, what, condition);
    }

    private static CheckStatus check(Health health) {
        return health.snapshot().checks().get(0);
    }

    private long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("hardening-health-" + name))
                .count();
    }

    @Test
    @Tag("health:F1")
    void blockedSocket_registeredWithTheDeadline_isClosedAndTheThreadComesBack() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Health health = Health.builder(name)
                        .readiness(
                                "silent",
                                deadline -> {
                                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), silent.getLocalPort());
                                    deadline.onExpire(socket);
                                    socket.getInputStream().read();
                                    return CheckResult.ok();
                                },
                                FAST)
                        .build()
                        .start()) {
            until("timeout", () -> check(health).reason().equals("timeout"));
            until("further runs", () -> check(health).stats().runs() > 3);
            assertTrue(threads() < 6, "threads are reused");
        }
    }

    @Test
    @Tag("health:F1")
    void blockedCheck_thatAllowsIt_isInterrupted() {
        AtomicInteger interrupts = new AtomicInteger();
        try (Health health = Health.builder(name)
                .readiness(
                        "waits",
                        deadline -> {
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException expected) {
                                interrupts.incrementAndGet();
                            }
                            return CheckResult.ok();
                        },
                        FAST.andThen(CheckOptions::allowInterrupt))
                .build()
                .start()) {
            until("two interrupts", () -> interrupts.get() >= 2);
            assertEquals("timeout", check(health).reason());
        }
    }

    @Test
    @Tag("health:F2")
    void spinningCheck_neverInterrupted_isStuckWithItsStackAndOthersRun() {
        AtomicBoolean spin = new AtomicBoolean(true);
        AtomicInteger runs = new AtomicInteger();
        AtomicBoolean interrupted = new AtomicBoolean();
        try (Health health = Health.builder(name)
                .readiness(
                        "spins",
                        deadline -> {
                            runs.incrementAndGet();
                            deadline.step("spinning");
                            while (spin.get()) {
                                interrupted.compareAndSet(
                                        false, Thread.currentThread().isInterrupted());
                                Thread.onSpinWait();
                            }
                            return CheckResult.ok();
                        },
                        FAST)
                .readiness("fine", deadline -> CheckResult.ok(), FAST)
                .build()
                .start()) {
            until("stuck", () -> check(health).reason().equals("stuck"));
            assertEquals("spinning", check(health).data().get("step"));
            assertTrue(check(health).data().get("stack").toString().contains("HealthTest"));
            long before = health.snapshot().checks().get(1).stats().runs();
            until(
                    "the other runs",
                    () -> health.snapshot().checks().get(1).stats().runs() > before + 2);
            assertEquals(1, runs.get(), "never a second run beside the first");
            assertFalse(interrupted.get());

            spin.set(false);
            until("recovers", () -> check(health).status() == Status.UP);
        }
    }

    @Test
    @Tag("health:F4")
    void stackOverflow_inACheck_leavesItsWorkerAndTheSchedulerAlive() {
        // Unwinding a full stack takes its time on a busy machine; that it is contained is the point, not how fast.
        try (Health health = Health.builder(name)
                .readiness(
                        "deep",
                        deadline -> deep(deadline),
                        FAST.andThen(check -> check.timeout(Duration.ofMillis(900))))
                .build()
                .start()) {
            until("runs again", () -> check(health).stats().runs() > 3);
            assertEquals("error", check(health).reason());
            assertEquals(
                    StackOverflowError.class.getName(), check(health).data().get("error"));
        }
    }

    @SuppressWarnings("InfiniteRecursion") // that is the fault to be contained
    private static CheckResult deep(Deadline deadline) {
        return deep(deadline);
    }

    @Test
    @Tag("health:F15")
    void listener_thatBlocks_delaysNoCheck() {
        CountDownLatch blocked = new CountDownLatch(1);
        try (Health health = Health.builder(name)
                .readiness("fine", deadline -> CheckResult.ok(), FAST)
                .listener(new HealthListener() {
                    @Override
                    public void checkChanged(HealthEvent.CheckChanged event) {
                        try {
                            blocked.await();
                        } catch (InterruptedException ended) {
                            Thread.currentThread().interrupt();
                        }
                    }
                })
                .build()
                .start()) {
            until("runs", () -> check(health).stats().runs() > 10);
            blocked.countDown();
        }
    }

    @Test
    @Tag("health:F37")
    void close_twiceAndDuringARun_leavesNoThread() {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Health health = Health.builder(name)
                .readiness(
                        "slow",
                        deadline -> {
                            running.countDown();
                            deadline.onExpire(release::countDown);
                            release.await();
                            return CheckResult.ok();
                        },
                        check -> check.timeout(Duration.ofMinutes(1)))
                .build()
                .start();
        until("a run", () -> running.getCount() == 0);

        health.close();
        health.close();

        until("no thread left", () -> threads() == 0);
        assertFalse(health.live());
        assertThrows(IllegalStateException.class, health::start);
    }

    @Test
    @Tag("health:F37")
    void close_fromAListenerOrACheck_leavesNoThread() {
        CountDownLatch closed = new CountDownLatch(2);
        Health[] self = new Health[1];
        self[0] = Health.builder(name)
                .readiness("closes", deadline -> {
                    self[0].close();
                    closed.countDown();
                    return CheckResult.ok();
                })
                .startup("gate")
                .listener(new HealthListener() {
                    @Override
                    public void statusChanged(HealthEvent.StatusChanged event) {
                        self[0].close();
                        closed.countDown();
                    }
                })
                .build();
        self[0].drain();
        self[0].opened("gate");
        self[0].start();

        until("no thread left", () -> threads() == 0);
        assertFalse(self[0].ready());
    }

    @Test
    @Tag("health:F10")
    void scheduler_interruptedByAStranger_goesOn() {
        try (Health health = Health.builder(name)
                .readiness("fine", deadline -> CheckResult.ok(), FAST)
                .build()
                .start()) {
            until("runs", () -> check(health).stats().runs() > 0);
            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("hardening-health-" + name + "-scheduler"))
                    .forEach(Thread::interrupt);
            long before = check(health).stats().runs();
            until("runs on", () -> check(health).stats().runs() > before + 3);
        }
    }

    @Test
    void ticker_thatThrowsOnce_doesNotStopTheScheduler() {
        AtomicBoolean broken = new AtomicBoolean();
        AtomicInteger thrown = new AtomicInteger();
        try (Health health = Health.builder(name)
                .readiness("fine", deadline -> CheckResult.ok(), FAST)
                .ticker(() -> {
                    boolean scheduler = Thread.currentThread().getName().contains("scheduler");
                    if (scheduler && broken.compareAndSet(true, false)) {
                        thrown.incrementAndGet();
                        throw new IllegalStateException("canary");
                    }
                    return System.nanoTime();
                })
                .build()
                .start()) {
            broken.set(true);
            until("thrown", () -> thrown.get() == 1);
            long before = check(health).stats().runs();
            until("runs on", () -> check(health).stats().runs() > before + 3);
        }
    }

    @Test
    @Tag("health:F16")
    void notStarted_howeverLong_isPendingAndAlive() {
        FakeTicker ticker = FakeTicker.create();
        try (Health health = Health.builder(name)
                .readiness("db", deadline -> CheckResult.ok())
                .ticker(ticker)
                .build()) {
            ticker.advance(Duration.ofHours(1));

            assertTrue(health.live());
            assertFalse(health.ready());
            assertFalse(health.started());
        }
    }

    @Test
    void ready_withoutAnyCheck_isUpOnceStarted() {
        try (Health health = Health.builder(name).startup("migrations").build()) {
            assertFalse(health.ready());

            assertSame(health, health.start().opened("migrations"));

            assertTrue(health.ready());
            assertTrue(health.started());
            assertEquals(
                    Status.UP,
                    health.snapshot().find("migrations").orElseThrow().status());
            assertTrue(health.snapshot().find("other").isEmpty());
        }
    }

    @Test
    void answers_always_areCountedByProbeAndStatus() {
        try (Health health = Health.builder(name).startup("gate").build()) {
            health.answer(Probe.READY, "");
            health.answer(Probe.LIVE, "");
            health.answer(Probe.LIVE, "");

            assertEquals(1, health.answers(Probe.READY, 503));
            assertEquals(0, health.answers(Probe.READY, 200));
            assertEquals(2, health.answers(Probe.LIVE, 200));
            assertEquals(0, health.droppedEvents());
        }
    }

    @Test
    void build_withManyFaults_tellsAllAtOnce() {
        Health.Builder builder = Health.builder("bad name")
                .readiness("db", deadline -> CheckResult.ok(), check -> check.every(Duration.ZERO))
                .readiness("db", deadline -> CheckResult.ok(), check -> check.timeout(Duration.ofHours(1)))
                .liveness(
                        "stale",
                        deadline -> CheckResult.ok(),
                        check -> check.failAfter(0).recoverAfter(101))
                .startup("</script>")
                .staleAfter(Duration.ofSeconds(1))
                .maxConcurrent(0);

        List<String> faults =
                assertThrows(HealthConfigurationException.class, builder::build).faults();

        assertEquals(10, faults.size(), faults.toString());
    }

    @Test
    void build_atTheLimits_isAccepted() {
        Health.builder("a")
                .readiness(
                        "db",
                        deadline -> CheckResult.ok(),
                        check -> check.every(Duration.ofMillis(10))
                                .timeout(Duration.ofMinutes(1))
                                .failAfter(100)
                                .recoverAfter(1)
                                .info())
                .staleAfter(Duration.ofSeconds(2))
                .maxConcurrent(32)
                .build()
                .close();
    }
}
