package dev.hardening.audit.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditListener;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.Events;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("audit:R37")
class AuditMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    Path temp;

    @Test
    void log_records_countersTimerAndGaugesMove() {
        AuditMeters meters = AuditMeters.of(registry);
        AuditLog log = AuditLog.file(temp.resolve("audit"))
                .origin("lms/test")
                .listener(meters)
                .open();
        meters.watch(log);

        log.record(Events.loginSucceeded(Actor.user("u1")).build());
        assertEquals(1, gauge("hardening.audit.running"));
        log.close();

        assertEquals(3, registry.counter("hardening.audit.records").count());
        assertEquals(3, registry.find("hardening.audit.force").timer().count());
        assertEquals(0, gauge("hardening.audit.queue.records"));
        assertEquals(0, gauge("hardening.audit.queue.size"));
        assertEquals(0, gauge("hardening.audit.gap"));
        assertEquals(0, gauge("hardening.audit.running"));
    }

    @Test
    void losses_byReason_areCountedFromZero() {
        AuditMeters meters = AuditMeters.of(registry);
        assertEquals(0, lost("write_failed"));

        meters.lost(new AuditListener.Loss("lms.x", "write_failed"));
        meters.segmentFailed(new AuditListener.SegmentFailure(0, new IOException("injected")));

        assertEquals(1, lost("write_failed"));
        assertEquals(0, lost("queue_full"));
        assertEquals(
                1, registry.find("hardening.audit.segment.failures").counter().count());
    }

    @Test
    void meters_each_haveADescriptionAndAUnit() {
        AuditMeters.of(registry);

        for (Meter meter : registry.getMeters()) {
            assertNotNull(meter.getId().getDescription(), meter.getId()::toString);
            assertNotNull(meter.getId().getBaseUnit(), meter.getId()::toString);
        }
    }

    private double gauge(String name) {
        return registry.find(name).gauge().value();
    }

    private double lost(String reason) {
        return registry.find("hardening.audit.lost")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
