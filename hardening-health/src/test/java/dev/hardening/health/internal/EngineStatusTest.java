package dev.hardening.health.internal;

import static dev.hardening.health.internal.EngineKit.answering;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckKind;
import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthEvent;
import dev.hardening.health.HealthListener;
import dev.hardening.health.HealthSnapshot;
import dev.hardening.health.Impact;
import dev.hardening.health.Probe;
import dev.hardening.health.Status;
import dev.hardening.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What checks, gates, drain and age add up to: F10, F15, F16, F17 and F19. */
class EngineStatusTest {
    private static final CheckResult BAD = CheckResult.fail("refused");

    private final EngineKit kit = new EngineKit();

    @AfterEach
    void close() {
        kit.close();
    }

    @Test
    @Tag("health:F16")
    void beforeTheFirstResult_livenessIsUpAndTheRestIsDown() {
        Engine engine = kit.liveness("deadlock", deadline -> CheckResult.ok())
                .check("mail", Impact.DEGRADES, deadline -> CheckResult.ok())
                .begin();

        assertEquals(Status.UP, engine.status(Probe.LIVE));
        assertEquals(Status.DOWN, engine.status(Probe.READY));
        assertEquals(Status.DOWN, engine.status(Probe.STARTED));
        assertEquals("pending", kit.check("mail").reason());
        assertEquals(503, engine.answer(Probe.READY, "").status());
    }

    @Test
    @Tag("health:F16")
    void firstResult_ofEveryCheck_endsTheStart() {
        Engine engine = kit.critical("db", answering(CheckResult.ok(), BAD)).start();

        assertEquals(Status.UP, engine.status(Probe.READY));
        assertEquals(Status.UP, engine.status(Probe.STARTED));

        kit.advance(Duration.ofSeconds(20));
        assertEquals(Status.DOWN, engine.status(Probe.READY));
        assertEquals(Status.UP, engine.status(Probe.STARTED), "once started, always started");
    }

    @Test
    void gate_untilOpened_keepsStartupAndReadinessDown() {
        Engine engine = kit.gates("migrations", "cache")
                .critical("db", deadline -> CheckResult.ok())
                .start();

        engine.open("migrations");
        assertEquals(Status.DOWN, engine.status(Probe.READY));

        engine.open("cache");
        assertEquals(Status.UP, engine.status(Probe.READY));
        assertEquals(Status.UP, engine.status(Probe.STARTED));
        assertThrows(IllegalArgumentException.class, () -> engine.open("unknown"));
    }

    @ParameterizedTest
    @Tag("health:F19")
    @CsvSource({"CRITICAL, DOWN, 503", "DEGRADES, WARN, 200", "INFO, UP, 200"})
    void downCheck_byImpact_decidesReadiness(Impact impact, Status expected, int code) {
        Engine engine = kit.check("shared", impact, deadline -> BAD).start();

        assertEquals(Status.DOWN, kit.check("shared").status());
        assertEquals(expected, engine.status(Probe.READY));
        assertEquals(code, engine.answer(Probe.READY, "").status());
        assertEquals(Status.UP, engine.status(Probe.LIVE));
    }

    @Test
    void warningCheck_evenCritical_keepsReadinessUpWithAWarning() {
        Engine engine =
                kit.critical("disk", deadline -> CheckResult.warn("disk"), 1, 1).start();

        assertEquals(Status.WARN, engine.status(Probe.READY));
        assertEquals(200, engine.answer(Probe.READY, "").status());
    }

    @Test
    void livenessCheck_down_isRestartAndNotReadiness() {
        Engine engine = kit.liveness("deadlock", deadline -> BAD).start();

        assertEquals(503, engine.answer(Probe.LIVE, "").status());
        assertEquals(503, engine.answer(Probe.HEALTH, "").status());
        assertEquals(200, engine.answer(Probe.READY, "").status());
    }

    @Test
    @Tag("health:F17")
    void drain_whateverRecovers_staysDown() {
        Engine engine = kit.check("mail", Impact.DEGRADES, answering(BAD, CheckResult.ok()))
                .start();

        engine.drain();
        assertEquals(Status.DOWN, engine.status(Probe.READY));

        kit.advance(Duration.ofSeconds(20));
        assertEquals(Status.UP, kit.check("mail").status());
        assertEquals(Status.DOWN, engine.status(Probe.READY));
        assertEquals(Status.UP, engine.status(Probe.LIVE));
        assertTrue(engine.snapshot().draining());
    }

    @Test
    @Tag("health:F10")
    void deadScheduler_afterStaleAfter_isDownEverywhere() {
        Engine engine = kit.critical("db", deadline -> CheckResult.ok()).start();

        kit.ticker.advance(EngineKit.STALE_AFTER.minus(engine.snapshot().age()));
        assertEquals(200, engine.answer(Probe.READY, "").status(), "exactly at the limit");

        kit.ticker.advance(Duration.ofNanos(1));
        assertEquals(503, engine.answer(Probe.READY, "").status());
        assertEquals(503, engine.answer(Probe.LIVE, "").status());
        HealthSnapshot stale = engine.snapshot();
        assertTrue(stale.stale());
        assertEquals(Status.DOWN, stale.readiness());
        assertEquals(EngineKit.STALE_AFTER.plusNanos(1), stale.age());
    }

    @Test
    @Tag("health:F10")
    void quietEngine_forAnHour_isNotStale() {
        Engine engine = kit.liveness("deadlock", deadline -> CheckResult.ok()).start();

        kit.advance(Duration.ofMinutes(10));

        assertEquals(200, engine.answer(Probe.LIVE, "").status());
        assertTrue(engine.snapshot().age().compareTo(Duration.ofSeconds(1)) <= 0);
    }

    @Test
    @Tag("health:F10")
    void result_whileOnlyTheHeartbeatIsHeard_growsOlder() {
        kit.critical("db", deadline -> CheckResult.ok()).start();
        Duration young = kit.check("db").stats().age();

        kit.advance(Duration.ofSeconds(4));

        assertEquals(young.plusSeconds(4), kit.check("db").stats().age());
    }

    @Test
    @Tag("health:F10")
    void result_beforeTheFirst_hasNoAge() {
        kit.critical("db", deadline -> CheckResult.ok()).begin();

        kit.ticker.advance(Duration.ofSeconds(1));

        assertEquals(Duration.ZERO, kit.check("db").stats().age());
    }

    @Test
    @Tag("health:F10")
    void starvedCheck_afterThreeIntervalsAndItsTimeout_isStale() {
        CheckSpec.Pace pace = new CheckSpec.Pace(EngineKit.EVERY.toNanos(), EngineKit.TIMEOUT.toNanos(), 3, 2);
        CheckState starved = new CheckState(
                new CheckSpec("db", CheckKind.READINESS, deadline -> CheckResult.ok(), Impact.CRITICAL, pace, false));
        starved.apply(CheckResult.ok(), 0);

        assertFalse(starved.age(Duration.ofSeconds(16).toNanos()), "exactly at the limit");
        assertTrue(starved.age(Duration.ofSeconds(16).toNanos() + 1));

        assertEquals("stale", starved.view(0, true).reason());
        assertEquals(Status.DOWN, starved.status());
        starved.apply(CheckResult.ok(), Duration.ofSeconds(17).toNanos());
        assertEquals(Status.UP, starved.status());
    }

    @Test
    @Tag("health:F10")
    void starvedCheck_whenHungOnesHoldEveryThread_takesReadinessDownAndNotLiveness() {
        for (int i = 0; i < Turns.CAP; i++) {
            kit.check("hog" + i, Impact.INFO, deadline -> CheckResult.ok());
        }
        Engine engine = kit.critical("db", deadline -> CheckResult.ok()).start();
        for (int i = 0; i < Turns.CAP; i++) {
            kit.workers.hang("hog" + i);
        }

        kit.advance(Duration.ofSeconds(60));

        assertEquals("stale", kit.check("db").reason());
        assertEquals(503, engine.answer(Probe.READY, "").status());
        assertEquals(200, engine.answer(Probe.LIVE, "").status());
    }

    @Test
    @Tag("health:F15")
    void listeners_oneBlockedOneThrowing_theThirdHearsAllOnceAndInOrder() {
        CountDownLatch blocked = new CountDownLatch(1);
        Recorder heard = new Recorder();
        Engine engine = kit.critical("db", answering(CheckResult.ok(), BAD, CheckResult.ok()), 1, 1)
                .listener(new Recorder() {
                    @Override
                    void hear(HealthEvent event) throws InterruptedException {
                        blocked.await();
                    }
                })
                .listener(new Recorder() {
                    @Override
                    void hear(HealthEvent event) {
                        throw new AssertionError("canary");
                    }
                })
                .listener(heard)
                .start();

        kit.advance(Duration.ofSeconds(10));

        List<String> expected =
                List.of("db UP", "READINESS UP", "STARTUP UP", "db DOWN", "READINESS DOWN", "db UP", "READINESS UP");
        Eventually.until(Duration.ofSeconds(10), "all events", () -> heard.events.size() >= expected.size());
        assertEquals(expected, heard.events);
        assertEquals(Status.UP, engine.status(Probe.READY));
        blocked.countDown();
    }

    @Test
    @Tag("health:F15")
    void listener_tooSlow_losesEventsAndIsCounted() {
        CountDownLatch blocked = new CountDownLatch(1);
        Listeners listeners = new Listeners("kit", List.of(new Recorder() {
            @Override
            void hear(HealthEvent event) throws InterruptedException {
                blocked.await();
            }
        }));

        HealthEvent event =
                new HealthEvent.CheckChanged(java.time.Instant.EPOCH, "db", Status.UP, Status.DOWN, "refused");
        for (int i = 0; i < 1_100; i++) {
            listeners.tell(event);
        }

        assertEquals(1_100 - 1_024 - 1, listeners.dropped());
        blocked.countDown();
        listeners.close();
        listeners.tell(event);
        assertEquals(1_100 - 1_024, listeners.dropped(), "closed");
    }

    @Test
    void close_always_answersDownAndRefusesAStart() {
        Engine engine = kit.critical("db", deadline -> CheckResult.ok()).start();

        engine.close();
        engine.close();
        engine.drain();

        assertEquals(503, engine.answer(Probe.LIVE, "").status());
        assertThrows(IllegalStateException.class, engine::start);
    }

    /** Notes what it hears as short words. */
    static class Recorder implements HealthListener {
        final List<String> events = new CopyOnWriteArrayList<>();

        void hear(HealthEvent event) throws Exception {
            if (event instanceof HealthEvent.CheckChanged changed) {
                events.add(changed.check() + " " + changed.to());
            } else if (event instanceof HealthEvent.StatusChanged changed) {
                events.add(changed.kind() + " " + changed.to());
            }
        }

        @Override
        public void checkChanged(HealthEvent.CheckChanged event) {
            unchecked(event);
        }

        @Override
        public void statusChanged(HealthEvent.StatusChanged event) {
            unchecked(event);
        }

        private void unchecked(HealthEvent event) {
            try {
                hear(event);
            } catch (Exception failure) {
                throw new IllegalStateException(failure);
            }
        }
    }
}
