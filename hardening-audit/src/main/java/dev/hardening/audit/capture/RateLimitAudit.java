package dev.hardening.audit.capture;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Events;
import dev.hardening.audit.Outcome;
import dev.hardening.audit.Severity;
import dev.hardening.audit.Source;
import dev.hardening.audit.Target;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.RateLimitEvent;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RequestFacts;
import java.util.Locale;
import java.util.Objects;

/**
 * Records refusals by rate limits and failures of their stores; what was let through is no event.
 *
 * <p>Events are queued without waiting, neither for the disk nor for room, since a flood of refusals must cost no more
 * than the requests themselves; what finds the queue full is counted in a gap record. Throttled logins are left to {@link AuthAudit}, which knows them as outcomes of authentication. Safe for
 * many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RateLimitAudit implements RateLimitListener {
    /** A store of limits did not answer. */
    public static final EventType STORE_FAILED = EventType.custom("ratelimit.store_failed", Severity.CRITICAL);

    private final AuditLog log;

    private RateLimitAudit(AuditLog log) {
        this.log = log;
    }

    /**
     * Makes a listener.
     *
     * @param log where the events go; stays the caller's to close
     * @return the listener to hand to the limiter
     */
    public static RateLimitAudit of(AuditLog log) {
        return new RateLimitAudit(Objects.requireNonNull(log, "log"));
    }

    @Override
    public void decided(RateLimitEvent.Decided event) {
        if (event.decision().outcome() == Decision.Outcome.DENIED) {
            log.offer(refusal(event.facts(), event.decision()));
        }
    }

    @Override
    public void storeFailed(RateLimitEvent.StoreFailed event) {
        log.offer(AuditEvent.of(STORE_FAILED)
                .actor(Actor.system("ratelimit"))
                .outcome(Outcome.ERROR)
                .target(Target.of("policy", event.policy()))
                .action(event.operation().name().toLowerCase(Locale.ROOT))
                .reason(event.cause().getClass().getSimpleName())
                .detail("mode", event.mode().name().toLowerCase(Locale.ROOT))
                .build());
    }

    private static AuditEvent refusal(RequestFacts facts, Decision decision) {
        Actor actor = facts.userId().map(Actor::user).orElseGet(Actor::anonymous);
        AuditEvent.Builder builder = Events.rateLimitExceeded(actor, String.join(",", decision.violated()))
                .detail("retry_after_ms", decision.retryAfter().toMillis());
        facts.tenantId().ifPresent(builder::tenant);
        facts.route().ifPresent(builder::action);
        facts.clientAddress().ifPresent(address -> builder.source(Source.ofClient(address)));
        return builder.build();
    }
}
