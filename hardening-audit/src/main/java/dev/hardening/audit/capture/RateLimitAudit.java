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
 * Records refusals by rate limits, failures of their stores, and what operators change; what was let through is no
 * event.
 *
 * <p>Events are queued without waiting, neither for the disk nor for room, since a flood of refusals must cost no more
 * than the requests themselves; what finds the queue full is counted in a gap record. Throttled logins are left to {@link AuthAudit}, which knows them as outcomes of authentication. Safe for
 * many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RateLimitAudit implements RateLimitListener {
    /** A store of limits did not answer. */
    public static final EventType STORE_FAILED = EventType.custom("ratelimit.store_failed", Severity.CRITICAL);

    /** A guarded store fell silent, was probed, or answers again. */
    public static final EventType STORE_STATE_CHANGED =
            EventType.custom("ratelimit.store_state_changed", Severity.CRITICAL);

    /** All policies were replaced. */
    public static final EventType POLICIES_REPLACED = EventType.custom("ratelimit.policies_replaced", Severity.WARN);

    /** A limiter was put on trial, to rest or back to work. */
    public static final EventType SWITCHED = EventType.custom("ratelimit.switched", Severity.CRITICAL);

    /** An administrator looked at a caller or changed how he stands. */
    public static final EventType ADMINISTERED = EventType.custom("ratelimit.administered", Severity.WARN);

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
                .action(word(event.operation()))
                .reason(event.cause().getClass().getSimpleName())
                .detail("mode", word(event.mode()))
                .build());
    }

    @Override
    public void storeStateChanged(RateLimitEvent.StoreStateChanged event) {
        log.offer(AuditEvent.of(STORE_STATE_CHANGED)
                .actor(Actor.system("ratelimit"))
                .outcome(event.now() == RateLimitEvent.StoreState.ANSWERING ? Outcome.SUCCESS : Outcome.ERROR)
                .target(Target.of("store", event.store()))
                .action(word(event.now()))
                .detail("before", word(event.before()))
                .detail("lasted_ms", event.lasted().toMillis())
                .build());
    }

    @Override
    public void policiesReplaced(RateLimitEvent.PoliciesReplaced event) {
        log.offer(AuditEvent.of(POLICIES_REPLACED)
                .actor(Actor.system("ratelimit"))
                .outcome(Outcome.SUCCESS)
                .detail("version", event.version())
                .build());
    }

    @Override
    public void switched(RateLimitEvent.Switched event) {
        log.offer(AuditEvent.of(SWITCHED)
                .actor(Actor.system("ratelimit"))
                .outcome(Outcome.SUCCESS)
                .action(word(event.mode()))
                .build());
    }

    /** The limiter does not know which administrator it was; about whom it was is told as for a refusal. */
    @Override
    public void administered(RateLimitEvent.Administered event) {
        RequestFacts facts = event.facts();
        AuditEvent.Builder builder = AuditEvent.of(ADMINISTERED)
                .actor(Actor.system("ratelimit"))
                .outcome(Outcome.SUCCESS)
                .target(Target.of("policy", event.policy()))
                .action(word(event.action()));
        facts.tenantId().ifPresent(builder::tenant);
        facts.userId().ifPresent(user -> builder.detail("user", user));
        facts.clientAddress().ifPresent(address -> builder.detail("client", address));
        if (event.tokens() > 0) {
            builder.detail("amount", event.tokens());
        }
        if (!event.duration().isZero()) {
            builder.detail("duration_ms", event.duration().toMillis());
        }
        log.offer(builder.build());
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
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
