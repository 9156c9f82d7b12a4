package dev.hardening.health.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckResult;
import dev.hardening.health.Health;
import dev.hardening.health.Probe;
import dev.hardening.testing.Eventually;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Health health = Health.builder("meters")
            .readiness("up", deadline -> CheckResult.ok())
            .readiness("warns", deadline -> CheckResult.warn("look"))
            .readiness("down", deadline -> CheckResult.fail("refused"))
            .startup("gate")
            .build();

    @BeforeEach
    void bind() {
        HealthMeters.of(health).bindTo(registry);
        health.start().opened("gate");
        Eventually.until(Duration.ofSeconds(10), "first results", health::started);
    }

    @AfterEach
    void close() {
        health.close();
    }

    private double gauge(String name, String check) {
        return registry.get(name).tag("check", check).gauge().value();
    }

    @Test
    void status_perCheck_isOneHalfOrNothing() {
        assertEquals(1, gauge("hardening.health.check.status", "up"));
        assertEquals(0.5, gauge("hardening.health.check.status", "warns"));
        assertEquals(0, gauge("hardening.health.check.status", "down"));
        assertEquals(1, registry.get("hardening.health.ready").gauge().value());
    }

    @Test
    void counters_perCheck_countRunsAndFailures() {
        assertEquals(
                1,
                registry.get("hardening.health.check.failures")
                        .tag("check", "down")
                        .functionCounter()
                        .count());
        assertEquals(
                0,
                registry.get("hardening.health.check.failures")
                        .tag("check", "up")
                        .functionCounter()
                        .count());
        assertTrue(gauge("hardening.health.check.age", "up") >= 0);
        assertTrue(gauge("hardening.health.check.duration", "up") >= 0);
        assertEquals(0, registry.get("hardening.health.stuck").gauge().value());
    }

    @Test
    void probes_always_areCountedByStatus() {
        health.answer(Probe.READY, "");

        assertEquals(
                1,
                registry.get("hardening.health.probe.requests")
                        .tags("kind", "health/ready", "status", "200")
                        .functionCounter()
                        .count());
    }

    @Test
    void meters_always_haveDescriptionUnitAndOurPrefix() {
        assertTrue(registry.getMeters().size() > 20);
        for (Meter meter : registry.getMeters()) {
            assertTrue(
                    meter.getId().getName().startsWith("hardening.health."),
                    meter.getId().getName());
            assertNotNull(meter.getId().getDescription(), meter.getId().getName());
            assertNotNull(meter.getId().getBaseUnit(), meter.getId().getName());
        }
        assertTrue(registry.find("hardening.health.check.status")
                .tag("check", "gate")
                .meters()
                .isEmpty());
    }
}
