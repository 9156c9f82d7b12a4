package dev.hardening.audit.internal;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.Source;
import dev.hardening.audit.Target;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Turns an event into the bytes of its record: redacted, made safe, cut, sorted. Runs on the caller's thread; safe for
 * many threads.
 */
public final class EventEncoder {
    /** How long the record of one event may be; a leaf of the later tree must stay below 65,536. */
    static final int MAX_RECORD = 60 * 1024;

    private static final int MAX_DETAILS = 64;
    private static final int FORMAT = 1;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final String origin;
    private final String service;
    private final Clock clock;
    private final TimeUuid ids;
    private final Redactor redactor;

    /**
     * Makes an encoder.
     *
     * @param origin the log's name
     * @param service the service's name
     * @param clock tells the event time where the event does not
     * @param random makes the identifiers
     * @param redactor takes secrets out
     */
    public EventEncoder(String origin, String service, Clock clock, SecureRandom random, Redactor redactor) {
        this.origin = origin;
        this.service = service;
        this.clock = clock;
        this.ids = new TimeUuid(random);
        this.redactor = redactor;
    }

    static String time(Instant instant) {
        return TIME.format(instant);
    }

    EncodedRecord encode(AuditEvent event) {
        return encode(event, Map.of());
    }

    /** Encodes an event of the log itself, whose own facts need neither redaction nor limits. */
    EncodedRecord encode(AuditEvent event, Map<String, Object> ownFacts) {
        Instant now = clock.instant();
        UUID id = ids.at(now.toEpochMilli());
        FieldGuard guard = new FieldGuard(redactor);
        SortedMap<String, Object> fields = fields(event, guard);
        fields.put("id", id.toString());
        fields.put("t", time(event.time().orElse(now)));
        SortedMap<String, Object> data = data(event, guard);
        data.putAll(ownFacts);
        EncodedRecord record = write(event, id, withData(fields, data, guard));
        while (record.length() > MAX_RECORD && dropLongest(data, guard)) {
            record = write(event, id, withData(fields, data, guard));
        }
        return record;
    }

    private SortedMap<String, Object> fields(AuditEvent event, FieldGuard guard) {
        SortedMap<String, Object> fields = new TreeMap<>();
        fields.put("v", FORMAT);
        fields.put("log", origin);
        fields.put("svc", service);
        fields.put("type", event.type().name());
        fields.put("sev", event.type().severity().name());
        fields.put("out", event.outcome().name());
        fields.put("actor", actor(event.actor(), "actor", guard));
        event.onBehalfOf().ifPresent(actor -> fields.put("obo", actor(actor, "obo", guard)));
        event.source().ifPresent(source -> fields.put("src", source(source, guard)));
        event.target().ifPresent(target -> fields.put("target", target(target, guard)));
        guard.put(fields, "tenant", event.tenant(), FieldGuard.IDENTIFIER);
        guard.put(fields, "act", event.action(), FieldGuard.PHRASE);
        guard.put(fields, "why", event.reason(), FieldGuard.SENTENCE);
        Map<String, Object> trace = new TreeMap<>();
        event.traceId().ifPresent(text -> trace.put("id", guard.clean("trace.id", text, FieldGuard.IDENTIFIER)));
        event.requestId().ifPresent(text -> trace.put("req", guard.clean("trace.req", text, FieldGuard.IDENTIFIER)));
        if (!trace.isEmpty()) {
            fields.put("trace", trace);
        }
        return fields;
    }

    private static Map<String, Object> actor(Actor actor, String field, FieldGuard guard) {
        return Map.of(
                "kind", actor.kind().name(),
                "id", guard.clean(field + ".id", actor.id(), FieldGuard.IDENTIFIER));
    }

    private static Map<String, Object> target(Target target, FieldGuard guard) {
        return Map.of(
                "type", guard.clean("target.type", target.type(), FieldGuard.IDENTIFIER),
                "id", guard.clean("target.id", target.id(), FieldGuard.IDENTIFIER));
    }

    private static Map<String, Object> source(Source source, FieldGuard guard) {
        Map<String, Object> fields = new TreeMap<>();
        source.peer().ifPresent(text -> fields.put("ip", guard.clean("src.ip", text, FieldGuard.IDENTIFIER)));
        source.client().ifPresent(text -> fields.put("client", guard.clean("src.client", text, FieldGuard.IDENTIFIER)));
        source.userAgent().ifPresent(text -> fields.put("ua", guard.clean("src.ua", text, FieldGuard.PHRASE)));
        return fields;
    }

    private static SortedMap<String, Object> data(AuditEvent event, FieldGuard guard) {
        SortedMap<String, Object> data = new TreeMap<>();
        event.details().forEach((key, value) -> {
            if (data.size() < MAX_DETAILS) {
                data.put(key, guard.detail(key, value));
            } else {
                guard.dropped(key);
            }
        });
        return data;
    }

    private static Map<String, Object> withData(
            Map<String, Object> fields, SortedMap<String, Object> data, FieldGuard guard) {
        SortedMap<String, Object> all = new TreeMap<>(fields);
        SortedMap<String, Object> flagged = new TreeMap<>(data);
        flagged.putAll(guard.flags());
        if (!flagged.isEmpty()) {
            all.put("data", flagged);
        }
        return all;
    }

    private static boolean dropLongest(SortedMap<String, Object> data, FieldGuard guard) {
        Optional<String> longest = data.entrySet().stream()
                .max(Comparator.comparingInt(
                        entry -> entry.getValue().toString().length()))
                .map(Map.Entry::getKey);
        longest.ifPresent(key -> {
            data.remove(key);
            guard.dropped(key);
        });
        return longest.isPresent();
    }

    /** Behind each hole another key always follows ({@code id}, {@code out}), so a filled hole ends in a comma. */
    private static EncodedRecord write(AuditEvent event, UUID id, Map<String, Object> fields) {
        CanonicalJson json = new CanonicalJson();
        int indexHole = 0;
        int timeHole = 0;
        String separator = "{";
        for (Map.Entry<String, Object> entry : fields.entrySet()) {
            json.raw(separator);
            indexHole = indexHole == 0 && entry.getKey().compareTo("i") > 0 ? json.length() : indexHole;
            timeHole = timeHole == 0 && entry.getKey().compareTo("lt") > 0 ? json.length() : timeHole;
            json.value(entry.getKey());
            json.raw(":");
            json.value(entry.getValue());
            separator = ",";
        }
        json.raw("}");
        return new EncodedRecord(event.type().name(), id, json.toBytes(), indexHole, timeHole);
    }
}
