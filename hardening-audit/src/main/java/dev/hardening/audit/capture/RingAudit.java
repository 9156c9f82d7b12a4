package dev.hardening.audit.capture;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Outcome;
import dev.hardening.audit.Severity;
import dev.hardening.audit.Target;
import dev.hardening.secrets.ring.RingEvent;
import dev.hardening.secrets.ring.RingListener;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * Records what happens to key rings, by ids only: keys made, put to use, retired, disabled and destroyed, rings wrapped
 * anew, and rings that are not what was written (OWASP ASVS 5.0, 16.3.4).
 *
 * <p>A change that this process makes waits until its event is on the disk, as changes are rare and the one place that
 * tells who may have read what. What is noticed while serving (a change made elsewhere, such as at the command line, a
 * store that does not answer, a ring that was tampered with) is queued without waiting, neither for the disk nor for room.
 * The detail {@code origin} tells the two apart: {@code here} or {@code elsewhere}. An event type reads
 * {@code secrets.ring_<kind>}.
 *
 * <p>The ring is changed before its event is written, and stays so. A change whose event could not be stored, or not in
 * time, is thrown as {@code AuditUnavailableException}, which the ring logs as an error and drops. A queued event that
 * could not be stored is thrown to nobody. The audit log counts what it lost in a gap record, unless it was closed, and
 * the ring has written each event to the log of the service as well. Safe for many threads.
 */
public final class RingAudit implements RingListener {
    private static final Set<RingEvent.Kind> ALARMS = EnumSet.of(
            RingEvent.Kind.PROMOTED_EARLY,
            RingEvent.Kind.REENABLED,
            RingEvent.Kind.REFUSED,
            RingEvent.Kind.UNAVAILABLE);
    private static final Set<RingEvent.Kind> NOTICED =
            EnumSet.of(RingEvent.Kind.REFUSED, RingEvent.Kind.UNAVAILABLE, RingEvent.Kind.RECOVERED);

    private final AuditLog log;

    private RingAudit(AuditLog log) {
        this.log = log;
    }

    /**
     * Makes a listener.
     *
     * @param log where the events go; stays the caller's to close
     * @return the listener to hand to the builder of a ring
     */
    public static RingAudit of(AuditLog log) {
        return new RingAudit(Objects.requireNonNull(log, "log"));
    }

    @Override
    public void onEvent(RingEvent event) {
        boolean noticed = event.origin() == RingEvent.Origin.ELSEWHERE || NOTICED.contains(event.kind());
        if (noticed) {
            log.offer(line(event));
        } else {
            log.record(line(event));
        }
    }

    private static AuditEvent line(RingEvent event) {
        boolean failed = event.kind() == RingEvent.Kind.REFUSED || event.kind() == RingEvent.Kind.UNAVAILABLE;
        String name = "secrets.ring_" + event.kind().name().toLowerCase(Locale.ROOT);
        AuditEvent.Builder line = AuditEvent.of(
                        EventType.custom(name, ALARMS.contains(event.kind()) ? Severity.CRITICAL : Severity.WARN))
                .actor(Actor.system("secrets"))
                .outcome(failed ? Outcome.ERROR : Outcome.SUCCESS)
                .target(Target.of("ring", event.ring()))
                .detail("origin", event.origin().name().toLowerCase(Locale.ROOT));
        if (!event.keyId().isEmpty()) {
            line.detail("key", event.keyId());
        }
        return line.build();
    }
}
