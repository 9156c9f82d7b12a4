package dev.hardening.examples.lms.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.Events;
import dev.hardening.audit.Receipt;
import dev.hardening.audit.capture.AuthAudit;
import dev.hardening.audit.capture.RateLimitAudit;
import dev.hardening.audit.micrometer.AuditMeters;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.ReadReport;
import dev.hardening.audit.servlet.AuditFilter;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.ratelimit.RateLimitListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of the guide to audit. */
class AuditGuideTest {
    @TempDir
    private Path folder;

    @Test
    void guide_aGradeThatChanged_isOnTheDisk() {
        Path directory = folder.resolve("audit");
        // region audit
        try (AuditLog log =
                AuditLog.file(directory).origin("lms.example/audit/main").open()) {
            Receipt receipt =
                    log.record(Events.gradeChanged(Actor.user("u42"), "submission-7", "88", "regraded after appeal")
                            .tenant("main")
                            .detail("from", 71)
                            .build());
            assertTrue(receipt.index() > 0); // on the disk, at this index
        }
        ReadReport report = AuditReader.of(directory).verify(); // also while it is being written
        // endregion
        assertNotNull(report);
    }

    @Test
    void guide_filterAndListeners_shareOneLog() {
        Path directory = folder.resolve("audit");
        MeterRegistry registry = new SimpleMeterRegistry();
        // region capture
        AuditMeters meters = AuditMeters.of(registry);
        AuditLog log = AuditLog.file(directory)
                .origin("lms.example/audit/main")
                .listener(meters)
                .open();
        meters.watch(log);
        AuditFilter filter = AuditFilter.builder(log) // first filter, all dispatcher types, async supported
                .actor(request -> Actor.anonymous())
                .route(request -> Optional.of(request.getServletPath()))
                .build();
        AuthEventListener auth = AuthAudit.of(log).allowLate(); // behind the filter: same queue, same force
        RateLimitListener limits = RateLimitAudit.of(log);
        // endregion
        assertNotNull(filter);
        assertNotNull(auth);
        assertNotNull(limits);
        log.close();
        assertEquals(0, log.status().queuedRecords());
    }
}
