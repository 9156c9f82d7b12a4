package dev.hardening.examples.lms.service;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Outcome;
import dev.hardening.audit.Severity;
import dev.hardening.audit.Source;
import dev.hardening.audit.Target;
import dev.hardening.examples.lms.api.AuditTrail;
import dev.hardening.examples.lms.api.SchoolEvent;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Writes what was done in a school to the audit log, and returns when it is on the disk. */
public final class DurableTrail implements AuditTrail {
    private static final Map<SchoolEvent.Kind, Entry> ENTRIES = new EnumMap<>(Map.of(
            SchoolEvent.Kind.RING_ROTATED,
            new Entry(EventType.custom("secrets.key_added", Severity.WARN), "ring", ""),
            SchoolEvent.Kind.ADMINISTRATOR_SET_UP,
            new Entry(EventType.ADMIN_ACTED, "user", "first administrator"),
            SchoolEvent.Kind.TENANT_CREATED,
            new Entry(EventType.TENANT_CREATED, "tenant", ""),
            SchoolEvent.Kind.SETUP_TOKEN_ISSUED,
            new Entry(EventType.TOKEN_CREATED, "tenant", "set-up token"),
            SchoolEvent.Kind.COURSE_CREATED,
            new Entry(EventType.COURSE_CREATED, "course", ""),
            SchoolEvent.Kind.ENROLLED,
            new Entry(EventType.ENROLMENT_CREATED, "course", ""),
            SchoolEvent.Kind.SUBMITTED,
            new Entry(EventType.SUBMISSION_CREATED, "submission", ""),
            SchoolEvent.Kind.GRADED,
            new Entry(EventType.GRADE_CHANGED, "submission", ""),
            SchoolEvent.Kind.DENIED,
            new Entry(EventType.ACCESS_DENIED, "route", "")));

    /** How a kind of event reads in the log; the action says more where the type does not say it all. */
    private record Entry(EventType type, String target, String action) {}

    private final AuditLog log;

    /**
     * Makes the trail.
     *
     * @param log stays the caller's to close
     */
    public DurableTrail(AuditLog log) {
        this.log = Objects.requireNonNull(log, "log");
    }

    @Override
    public void record(SchoolEvent event) {
        Source source = Source.of(event.client().peer()).client(event.client().address());
        Entry entry = Objects.requireNonNull(ENTRIES.get(event.kind()));
        AuditEvent.Builder line = AuditEvent.of(entry.type())
                .actor(Actor.user(event.actor().user().value()))
                .tenant(event.actor().tenant().value())
                .target(Target.of(entry.target(), event.target()))
                .source(event.client().userAgent().map(source::userAgent).orElse(source))
                .outcome(event.kind() == SchoolEvent.Kind.DENIED ? Outcome.DENIED : Outcome.SUCCESS);
        if (!entry.action().isEmpty()) {
            line.action(entry.action());
        }
        event.client().requestId().ifPresent(line::requestId);
        event.details().forEach(line::detail);
        log.record(line.build());
    }
}
