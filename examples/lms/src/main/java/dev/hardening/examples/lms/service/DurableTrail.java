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
import java.util.Objects;

/** Writes what was done in a school to the audit log, and returns when it is on the disk. */
public final class DurableTrail implements AuditTrail {
    /** How a kind of event reads in the log; the action says more where the type does not say it all. */
    private record Entry(EventType type, String target, String action) {
        Entry(EventType type, String target) {
            this(type, target, "");
        }

        static Entry ofRing(String what) {
            return new Entry(EventType.custom("secrets." + what, Severity.WARN), "ring");
        }

        static Entry of(SchoolEvent.Kind kind) {
            return switch (kind) {
                case ADMINISTRATOR_SET_UP -> new Entry(EventType.ADMIN_ACTED, "user", "first administrator");
                case TENANT_CREATED -> new Entry(EventType.TENANT_CREATED, "tenant");
                case SETUP_TOKEN_ISSUED -> new Entry(EventType.TOKEN_CREATED, "tenant", "set-up token");
                case COURSE_CREATED -> new Entry(EventType.COURSE_CREATED, "course");
                case ENROLLED -> new Entry(EventType.ENROLMENT_CREATED, "course");
                case SUBMITTED -> new Entry(EventType.SUBMISSION_CREATED, "submission");
                case GRADED -> new Entry(EventType.GRADE_CHANGED, "submission");
                case ROTATION_ASKED -> ofRing("rotation_asked");
                case ROTATION_BEGUN -> ofRing("rotation_begun");
                case ROTATION_REFUSED -> ofRing("rotation_refused");
                case DENIED -> new Entry(EventType.ACCESS_DENIED, "route");
            };
        }

        static Outcome outcome(SchoolEvent.Kind kind) {
            return switch (kind) {
                case DENIED -> Outcome.DENIED;
                case ROTATION_REFUSED -> Outcome.FAILURE;
                default -> Outcome.SUCCESS;
            };
        }
    }

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
        Entry entry = Entry.of(event.kind());
        AuditEvent.Builder line = AuditEvent.of(entry.type())
                .actor(Actor.user(event.actor().user().value()))
                .tenant(event.actor().tenant().value())
                .target(Target.of(entry.target(), event.target()))
                .source(event.client().userAgent().map(source::userAgent).orElse(source))
                .outcome(Entry.outcome(event.kind()));
        if (!entry.action().isEmpty()) {
            line.action(entry.action());
        }
        event.client().requestId().ifPresent(line::requestId);
        event.details().forEach(line::detail);
        log.record(line.build());
    }
}
