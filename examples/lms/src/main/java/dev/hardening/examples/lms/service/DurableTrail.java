package dev.hardening.examples.lms.service;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Outcome;
import dev.hardening.audit.Source;
import dev.hardening.audit.Target;
import dev.hardening.examples.lms.api.AuditTrail;
import dev.hardening.examples.lms.api.SchoolEvent;
import java.util.Map;
import java.util.Objects;

/** Writes what was done in a school to the audit log, and returns when it is on the disk. */
public final class DurableTrail implements AuditTrail {
    private static final Map<SchoolEvent.Kind, EventType> TYPES = Map.of(
            SchoolEvent.Kind.ADMINISTRATOR_SET_UP, EventType.ADMIN_ACTED,
            SchoolEvent.Kind.TENANT_CREATED, EventType.TENANT_CREATED,
            SchoolEvent.Kind.COURSE_CREATED, EventType.COURSE_CREATED,
            SchoolEvent.Kind.ENROLLED, EventType.ENROLMENT_CREATED,
            SchoolEvent.Kind.SUBMITTED, EventType.SUBMISSION_CREATED,
            SchoolEvent.Kind.GRADED, EventType.GRADE_CHANGED);
    private static final Map<SchoolEvent.Kind, String> TARGETS = Map.of(
            SchoolEvent.Kind.ADMINISTRATOR_SET_UP, "user",
            SchoolEvent.Kind.TENANT_CREATED, "tenant",
            SchoolEvent.Kind.COURSE_CREATED, "course",
            SchoolEvent.Kind.ENROLLED, "course",
            SchoolEvent.Kind.SUBMITTED, "submission",
            SchoolEvent.Kind.GRADED, "submission");

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
        AuditEvent.Builder line = AuditEvent.of(type(event.kind()))
                .actor(Actor.user(event.actor().user().value()))
                .tenant(event.actor().tenant().value())
                .target(Target.of(Objects.requireNonNull(TARGETS.get(event.kind())), event.target()))
                .source(event.client().userAgent().map(source::userAgent).orElse(source))
                .outcome(Outcome.SUCCESS);
        event.details().forEach(line::detail);
        log.record(line.build());
    }

    private static EventType type(SchoolEvent.Kind kind) {
        return Objects.requireNonNull(TYPES.get(kind));
    }
}
