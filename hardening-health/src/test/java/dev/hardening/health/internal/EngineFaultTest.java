package dev.hardening.health.internal;

import static dev.hardening.health.internal.EngineKit.answering;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckStatus;
import dev.hardening.health.HealthCheck;
import dev.hardening.health.Impact;
import dev.hardening.health.Probe;
import dev.hardening.health.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The faults of a check, each contained: F1 to F6, F8, F12 and F13. */
class EngineFaultTest {
    private final EngineKit kit = new EngineKit();
    private final AtomicInteger executions = new AtomicInteger();

    @AfterEach
    void close() {
        kit.close();
    }

    private CheckResult counted(CheckResult result) {
        executions.incrementAndGet();
        return result;
    }

    @Test
    @Tag("health:F1")
    void hungCheck_atItsTimeout_isDownWithinAHundredMilliseconds() {
        kit.workers.hang("db");
        kit.check("db", Impact.CRITICAL, deadline -> CheckResult.ok()).begin();
        kit.tick();

        kit.advance(Duration.ofMillis(950));
        assertEquals("pending", kit.check("db").reason());

        kit.advance(Duration.ofMillis(150));
        assertEquals(Status.DOWN, kit.check("db").status());
        assertEquals("timeout", kit.check("db").reason());
    }

    @Test
    @Tag("health:F1")
    void hungCheck_thatComesBack_runsAgainOnSchedule() {
        kit.workers.hang("db");
        kit.check("db", Impact.CRITICAL, deadline -> counted(CheckResult.ok())).begin();
        kit.tick();
        kit.advance(Duration.ofSeconds(2));

        kit.workers.release("db");
        kit.advance(Duration.ofMillis(2_900));
        assertEquals(1, executions.get(), "the late run came back, its result is not believed");
        assertEquals("timeout", kit.check("db").reason());

        kit.advance(Duration.ofMillis(300));
        assertEquals(2, executions.get());
        assertEquals(Status.UP, kit.check("db").status());
    }

    @Test
    @Tag("health:F2")
    void stuckCheck_turnAfterTurn_holdsOneThreadAndNeverRunsTwice() {
        kit.workers.hang("db");
        kit.check("db", Impact.CRITICAL, deadline -> CheckResult.ok())
                .check("other", Impact.CRITICAL, deadline -> counted(CheckResult.ok()))
                .start();

        kit.advance(Duration.ofSeconds(30));

        assertEquals("stuck", kit.check("db").reason());
        assertTrue(kit.check("db").stats().stuck());
        assertEquals(1, kit.workers.holding());
        assertEquals(7, executions.get(), "the other check ran at 0, 5, ... 30 s");
        assertEquals(Status.UP, kit.check("other").status());
    }

    @Test
    @Tag("health:F2")
    void stuckCheck_thatReturns_recovers() {
        kit.workers.hang("db");
        kit.check("db", Impact.CRITICAL, deadline -> CheckResult.ok()).start();
        kit.advance(Duration.ofSeconds(20));

        kit.workers.release("db");
        kit.advance(Duration.ofSeconds(6));

        assertEquals(Status.UP, kit.check("db").status());
        assertFalse(kit.check("db").stats().stuck());
    }

    @Test
    @Tag("health:F3")
    void stuckChecks_asManyAsWorkers_doNotStopTheOthers() {
        for (int i = 0; i < 10; i++) {
            kit.workers.hang("hung" + i);
            kit.check("hung" + i, Impact.CRITICAL, deadline -> CheckResult.ok());
        }
        kit.maxConcurrent(2).check("other", Impact.CRITICAL, deadline -> counted(CheckResult.ok()));
        kit.start();

        kit.advance(Duration.ofSeconds(12));

        assertTrue(executions.get() >= 1, "reached although ten checks hang and two may run");
        assertEquals(Status.UP, kit.check("other").status());
    }

    @Test
    @Tag("health:F3")
    void stuckChecks_withoutEnd_stayUnderTheHardCap() {
        for (int i = 0; i < 100; i++) {
            kit.workers.hang("hung" + i);
            kit.check("hung" + i, Impact.CRITICAL, deadline -> CheckResult.ok());
        }
        kit.start();

        kit.advance(Duration.ofSeconds(60));

        assertEquals(Turns.CAP, kit.workers.holding());
    }

    static Stream<HealthCheck> throwers() {
        return Stream.of(
                deadline -> {
                    throw new Error("jdbc:postgresql://db/?password=canary");
                },
                deadline -> {
                    throw new StackOverflowError("canary");
                },
                deadline -> {
                    throw new OutOfMemoryError("canary");
                },
                deadline -> {
                    throw new NoClassDefFoundError("canary");
                },
                deadline -> {
                    throw new ThreadDeath();
                },
                deadline -> {
                    throw new Exception((String) null);
                },
                deadline -> {
                    throw new HostileException();
                },
                deadline -> {
                    throw cyclic();
                });
    }

    @ParameterizedTest
    @MethodSource("throwers")
    @Tag("health:F4")
    @Tag("health:F5")
    void throwingCheck_whateverItThrows_isDownAndRunsAgain(HealthCheck thrower) {
        kit.check("bad", Impact.CRITICAL, deadline -> {
                    executions.incrementAndGet();
                    return thrower.run(deadline);
                })
                .check("good", Impact.CRITICAL, deadline -> CheckResult.ok())
                .start();

        kit.advance(Duration.ofSeconds(5));

        assertEquals(2, executions.get());
        assertEquals("error", kit.check("bad").reason());
        assertFalse(kit.check("bad").toString().contains("canary"));
        assertEquals(Status.UP, kit.check("good").status());
    }

    @Test
    @Tag("health:F5")
    void check_thatReturnsNull_isDownAsInvalid() {
        kit.check("bad", Impact.CRITICAL, deadline -> null).start();

        assertEquals("invalid", kit.check("bad").reason());
        assertEquals(Status.DOWN, kit.check("bad").status());
    }

    @Test
    @Tag("health:F5")
    void cyclicCause_always_isNamedToTheLimit() {
        kit.check("bad", Impact.CRITICAL, deadline -> {
                    throw cyclic();
                })
                .start();

        String names = (String) kit.check("bad").data().get("error");
        assertEquals(8, names.split(" < ", -1).length);
    }

    @Test
    @Tag("health:F6")
    void details_ofManyChecks_areCutToSixtyFourKibibytesInAll() {
        String huge = "x".repeat(5_000_000);
        for (int i = 0; i < 40; i++) {
            kit.check("big" + i, Impact.INFO, deadline -> CheckResult.ok().with("detail", huge));
        }
        kit.start();

        long all = 0;
        for (int i = 0; i < 40; i++) {
            CheckStatus status = kit.check("big" + i);
            long size = status.data().values().stream()
                    .mapToLong(value -> value.toString().length())
                    .sum();
            assertTrue(size <= 4_096, "one check");
            all += size;
        }
        assertTrue(all <= 65_536, "all checks: " + all);
    }

    @Test
    @Tag("health:F8")
    void probeStorm_always_runsNoCheck() {
        Engine engine =
                kit.critical("db", deadline -> counted(CheckResult.ok())).start();

        for (int i = 0; i < 10_000; i++) {
            engine.answer(Probe.READY, "");
            engine.answer(Probe.HEALTH, "application/health+json");
        }

        assertEquals(1, executions.get());
        kit.advance(Duration.ofSeconds(5));
        assertEquals(2, executions.get(), "one execution an interval, storm or not");
    }

    @Test
    @Tag("health:F12")
    void pause_ofThirtySeconds_judgesNothingBeforeAFreshRun() {
        Engine engine =
                kit.critical("db", deadline -> counted(CheckResult.ok())).start();
        assertEquals(1, executions.get());

        kit.ticker.advance(Duration.ofSeconds(30));
        engine.tick();

        assertEquals(Status.UP, engine.status(Probe.READY), "the age of the last result was forgiven");
        kit.tick();
        assertEquals(2, executions.get(), "one fresh run, no burst for the six that were missed");
    }

    @Test
    @Tag("health:F12")
    void pause_whileACheckRuns_isNoTimeout() {
        kit.workers.hang("db");
        Engine engine =
                kit.check("db", Impact.CRITICAL, deadline -> CheckResult.ok()).begin();
        kit.tick();

        kit.ticker.advance(Duration.ofSeconds(30));
        engine.tick();
        kit.workers.release("db");
        kit.advance(Duration.ofMillis(300));

        assertEquals(Status.UP, kit.check("db").status());
        assertEquals(0, kit.check("db").stats().failures());
    }

    @Test
    @Tag("health:F13")
    void oneFailureInTen_forAnHour_isNeverDown() {
        AtomicInteger turn = new AtomicInteger();
        Engine engine = kit.critical(
                        "db",
                        deadline -> turn.incrementAndGet() % 10 == 0 ? CheckResult.fail("blip") : CheckResult.ok())
                .start();

        for (int i = 0; i < 720; i++) {
            kit.advance(Duration.ofSeconds(5));
            assertEquals(Status.UP, engine.status(Probe.READY));
        }
        assertEquals(72, kit.check("db").stats().failures());
    }

    @Test
    @Tag("health:F13")
    void failures_inARow_takeItDownAtTheThirdAndUpAtTheSecondSuccess() {
        CheckResult bad = CheckResult.fail("refused");
        Engine engine = kit.critical("db", answering(CheckResult.ok(), bad, bad, bad, CheckResult.ok()))
                .start();

        kit.advance(Duration.ofSeconds(10));
        assertEquals(Status.UP, engine.status(Probe.READY), "two failures");
        kit.advance(Duration.ofSeconds(5));
        assertEquals(Status.DOWN, engine.status(Probe.READY), "three failures");
        kit.advance(Duration.ofSeconds(5));
        assertEquals(Status.DOWN, engine.status(Probe.READY), "one success");
        kit.advance(Duration.ofSeconds(5));
        assertEquals(Status.UP, engine.status(Probe.READY), "two successes");
    }

    @Test
    void noThread_forARun_isAFailureThatPasses() {
        kit.check("db", Impact.CRITICAL, deadline -> CheckResult.ok()).begin();
        kit.workers.refuse(true);
        kit.advance(Duration.ofMillis(200));
        assertEquals("error", kit.check("db").reason());

        kit.workers.refuse(false);
        kit.advance(Duration.ofSeconds(5));
        assertEquals(Status.UP, kit.check("db").status());
    }

    private static RuntimeException cyclic() {
        RuntimeException one = new RuntimeException("canary");
        RuntimeException two = new RuntimeException("canary", one);
        one.initCause(two);
        return one;
    }

    private static final class HostileException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized Throwable getCause() {
            throw new IllegalStateException("canary");
        }

        @Override
        public String getMessage() {
            throw new IllegalStateException("canary");
        }
    }
}
