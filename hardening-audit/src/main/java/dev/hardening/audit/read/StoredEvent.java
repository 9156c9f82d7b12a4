package dev.hardening.audit.read;

import dev.hardening.audit.internal.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** One record as it stands in the log. Immutable. */
public final class StoredEvent {
    private final Map<String, Object> fields;

    StoredEvent(Map<String, Object> fields) {
        this.fields = Collections.unmodifiableMap(fields);
    }

    /**
     * Reads the position in the log.
     *
     * @return the index, from 0
     */
    public long index() {
        return number("i").orElseThrow();
    }

    /**
     * Reads what kind it is.
     *
     * @return the name of the type
     */
    public String type() {
        return text("type").orElse("");
    }

    /**
     * Reads a text anywhere in the record.
     *
     * @param path field names with dots between, such as {@code actor.id} or {@code data.status}
     * @return the text, or empty if there is none at that place
     */
    public Optional<String> text(String path) {
        return at(path).filter(String.class::isInstance).map(String.class::cast);
    }

    /**
     * Reads a number anywhere in the record.
     *
     * @param path field names with dots between
     * @return the number, or empty if there is none at that place
     */
    public Optional<Long> number(String path) {
        return at(path).filter(Long.class::isInstance).map(Long.class::cast);
    }

    /**
     * Reads all fields.
     *
     * @return text, {@code Long}, {@code Boolean}, lists and maps of such, unmodifiable
     */
    public Map<String, Object> fields() {
        return fields;
    }

    /**
     * Prints the line of the log.
     *
     * @return one JSON object in the form of RFC 8785
     */
    @Override
    public String toString() {
        return new String(CanonicalJson.encode(fields), StandardCharsets.UTF_8);
    }

    private Optional<Object> at(String path) {
        Object place = fields;
        String rest = Objects.requireNonNull(path, "path");
        while (place instanceof Map<?, ?> map) {
            if (map.containsKey(rest)) {
                return Optional.ofNullable(map.get(rest));
            }
            int dot = rest.indexOf('.');
            Object next = dot < 0 ? null : map.get(rest.substring(0, dot));
            if (next == null) {
                return Optional.empty();
            }
            place = next;
            rest = rest.substring(dot + 1);
        }
        return Optional.empty();
    }
}
