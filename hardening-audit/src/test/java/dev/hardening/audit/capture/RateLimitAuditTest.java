package dev.hardening.audit.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.RateLimitEvent;
import dev.hardening.ratelimit.RequestFacts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateLimitAuditTest {
    private static final RequestFacts FACTS = RequestFacts.builder()
            .userId("u1")
            .tenantId("main")
            .clientAddress("203.0.113.9")
            .route("/api/courses")
            .build();

    @TempDir
    Path temp;

    private AuditLog log;

    @BeforeEach
    void openLog() {
        log = AuditLog.file(temp.resolve("audit")).origin("lms/test").open();
    }

    @Test
    void refusal_byALimit_isRecordedWithWhoAndWhich() {
        RateLimitAudit.of(log).decided(decided(FACTS, Decision.Outcome.DENIED));

        StoredEvent event = events().get(0);
        assertEquals("excess_rate_limit_exceeded", event.type());
        assertEquals("u1", event.text("actor.id").orElseThrow());
        assertEquals("per-user,per-route", event.text("target.id").orElseThrow());
        assertEquals("main", event.text("tenant").orElseThrow());
        assertEquals("/api/courses", event.text("act").orElseThrow());
        assertEquals("203.0.113.9", event.text("src.client").orElseThrow());
        assertEquals(Optional.empty(), event.text("src.ip"), "nobody said who the peer was");
        assertEquals(2500, event.number("data.retry_after_ms").orElseThrow());
    }

    @Test
    void refusal_ofNobodyKnown_isAnonymous() {
        RateLimitAudit.of(log).decided(decided(RequestFacts.builder().build(), Decision.Outcome.DENIED));

        assertEquals("ANONYMOUS", events().get(0).text("actor.kind").orElseThrow());
    }

    @Test
    void allowedOrUndecided_isNoEvent() {
        RateLimitAudit.of(log).decided(decided(FACTS, Decision.Outcome.ALLOWED));
        RateLimitAudit.of(log).decided(decided(FACTS, Decision.Outcome.STORE_DENIED));

        assertEquals(List.of(), events());
    }

    @Test
    void store_failed_isRecordedWithoutItsMessage() {
        RateLimitAudit.of(log)
                .storeFailed(new RateLimitEvent.StoreFailed(
                        "per-user",
                        RateLimitEvent.Operation.TAKE,
                        FailureMode.CLOSED,
                        new IllegalStateException("canary")));

        StoredEvent event = events().get(0);
        assertEquals("ratelimit.store_failed", event.type());
        assertEquals("per-user", event.text("target.id").orElseThrow());
        assertEquals("take", event.text("act").orElseThrow());
        assertEquals("closed", event.text("data.mode").orElseThrow());
        assertEquals("IllegalStateException", event.text("why").orElseThrow());
        assertEquals(-1, event.toString().indexOf("canary"));
    }

    private List<StoredEvent> events() {
        log.close();
        return AuditReader.of(temp.resolve("audit")).find(event -> !event.type().startsWith("sys_audit_"));
    }

    private static RateLimitEvent.Decided decided(RequestFacts facts, Decision.Outcome outcome) {
        return new RateLimitEvent.Decided(
                facts, Decision.of(outcome, List.of(), List.of("per-user", "per-route"), Duration.ofMillis(2500)));
    }
}
