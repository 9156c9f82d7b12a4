package dev.hardening.audit.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.Policy;
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

    @Test
    void administered_blockAndPenalty_areRecordedWithAboutWhom() {
        RateLimitAudit audit = RateLimitAudit.of(log);

        audit.administered(new RateLimitEvent.Administered(
                "per-user", RateLimitEvent.Action.BLOCK, FACTS, 0, Duration.ofMinutes(10)));
        audit.administered(new RateLimitEvent.Administered(
                "per-user",
                RateLimitEvent.Action.PENALISE,
                RequestFacts.builder().build(),
                7,
                Duration.ZERO));

        List<StoredEvent> events = events();
        StoredEvent block = events.get(0);
        assertEquals("ratelimit.administered", block.type());
        assertEquals("block", block.text("act").orElseThrow());
        assertEquals("per-user", block.text("target.id").orElseThrow());
        assertEquals("main", block.text("tenant").orElseThrow());
        assertEquals("u1", block.text("data.user").orElseThrow());
        assertEquals(600_000, block.number("data.duration_ms").orElseThrow());
        StoredEvent penalty = events.get(1);
        assertEquals("penalise", penalty.text("act").orElseThrow());
        assertEquals(7, penalty.number("data.amount").orElseThrow());
        assertEquals(Optional.empty(), penalty.text("data.user"));
    }

    @Test
    void changesOfTheWholeLimiter_areRecorded() {
        RateLimitAudit audit = RateLimitAudit.of(log);

        audit.policiesReplaced(new RateLimitEvent.PoliciesReplaced(12));
        audit.switched(new RateLimitEvent.Switched(Policy.Mode.OFF));
        audit.storeStateChanged(new RateLimitEvent.StoreStateChanged(
                "redis", RateLimitEvent.StoreState.ANSWERING, RateLimitEvent.StoreState.SILENT, Duration.ofSeconds(3)));

        List<StoredEvent> events = events();
        assertEquals("ratelimit.policies_replaced", events.get(0).type());
        assertEquals(12, events.get(0).number("data.version").orElseThrow());
        assertEquals("ratelimit.switched", events.get(1).type());
        assertEquals("off", events.get(1).text("act").orElseThrow());
        assertEquals("ratelimit.store_state_changed", events.get(2).type());
        assertEquals("redis", events.get(2).text("target.id").orElseThrow());
        assertEquals("silent", events.get(2).text("act").orElseThrow());
        assertEquals("answering", events.get(2).text("data.before").orElseThrow());
        assertEquals(3_000, events.get(2).number("data.lasted_ms").orElseThrow());
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
