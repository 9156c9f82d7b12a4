package dev.hardening.audit.internal;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Outcome;
import java.util.Map;

/** Encodes what the log writes about itself. */
final class OwnEvents {
    private static final Actor LOG = Actor.system("audit");

    private final EventEncoder encoder;

    OwnEvents(EventEncoder encoder) {
        this.encoder = encoder;
    }

    EncodedRecord started(Journal.Tail tail, long size, long process) {
        return encode(
                EventType.AUDIT_STARTED,
                Outcome.SUCCESS,
                Map.of("clean", !tail.unclean(), "prev_size", size, "process", process));
    }

    EncodedRecord recovered(Journal.Tail tail, long size) {
        return encode(
                EventType.AUDIT_RECOVERED,
                Outcome.SUCCESS,
                Map.of(
                        "dropped_bytes", tail.droppedBytes(),
                        "dropped_lines", tail.droppedLines(),
                        "prev_size", size));
    }

    EncodedRecord stopped(long size) {
        return encode(EventType.AUDIT_STOPPED, Outcome.SUCCESS, Map.of("prev_size", size));
    }

    EncodedRecord gap(Losses.Gap gap) {
        return encode(EventType.AUDIT_GAP, Outcome.ERROR, gap.facts());
    }

    EncodedRecord segmentFailed(long firstIndex, Exception cause) {
        AuditEvent event = AuditEvent.of(EventType.AUDIT_SEGMENT_FAILED)
                .actor(LOG)
                .outcome(Outcome.ERROR)
                .reason(String.valueOf(cause.getMessage()))
                .build();
        return encoder.encode(event, Map.of("segment", firstIndex));
    }

    private EncodedRecord encode(EventType type, Outcome outcome, Map<String, Object> facts) {
        AuditEvent event = AuditEvent.of(type).actor(LOG).outcome(outcome).build();
        return encoder.encode(event, facts);
    }
}
