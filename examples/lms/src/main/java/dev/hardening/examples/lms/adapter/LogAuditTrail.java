package dev.hardening.examples.lms.adapter;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.Events;
import dev.hardening.audit.Source;
import dev.hardening.examples.lms.api.AuditTrail;
import dev.hardening.examples.lms.api.Client;
import dev.hardening.examples.lms.api.SchoolEvent;
import java.util.Map;
import java.util.Objects;

/** Writes events of the school to the audit log and returns when they are on the disk. */
public final class LogAuditTrail implements AuditTrail {
    private final AuditLog log;

    /** Writes to this log, which stays the caller's to close. */
    public LogAuditTrail(AuditLog log) {
        this.log = Objects.requireNonNull(log, "log");
    }

    @Override
    public void record(SchoolEvent event) {
        log.record(event(event)
                .tenant(event.actor().tenant().value())
                .source(source(event.client()))
                .build());
    }

    private static AuditEvent.Builder event(SchoolEvent event) {
        Actor actor = Actor.user(event.actor().user().value());
        Map<String, String> details = event.details();
        return switch (event.kind()) {
            case ADMINISTRATOR_SET_UP ->
                Events.userCreated(actor, event.target()).detail("role", "admin");
            case TENANT_CREATED -> Events.tenantCreated(actor, event.target());
            case COURSE_CREATED -> Events.courseCreated(actor, event.target());
            case ENROLLED ->
                Events.enrolmentCreated(actor, event.target(), required(details, "user"), required(details, "role"));
            case SUBMITTED -> Events.submissionCreated(actor, required(details, "course"), event.target());
            case GRADED -> graded(actor, event.target(), details);
        };
    }

    private static AuditEvent.Builder graded(Actor actor, String submission, Map<String, String> details) {
        AuditEvent.Builder event = Events.gradeChanged(
                        actor, submission, required(details, "grade"), required(details, "reason"))
                .detail("course", required(details, "course"))
                .detail("student", required(details, "student"));
        String previous = details.get("previousGrade");
        return previous == null ? event : event.detail("from", previous);
    }

    private static Source source(Client client) {
        Source source = Source.of(client.peer());
        Source resolved = client.address().equals(client.peer()) ? source : source.client(client.address());
        return client.userAgent().map(resolved::userAgent).orElse(resolved);
    }

    private static String required(Map<String, String> details, String key) {
        return Objects.requireNonNull(details.get(key), key);
    }
}
