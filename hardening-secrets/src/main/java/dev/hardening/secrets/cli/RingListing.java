package dev.hardening.secrets.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hardening.secrets.ring.KeyKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The public part of a ring's document, with the keys that {@code KeyRing} no longer hands out. It is read before the ring
 * is opened, to learn its kind, and then believed only because the ring was opened from the same bytes.
 */
record RingListing(Optional<KeyKind> kind, List<Map<String, Object>> keys) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Set<String> TOLD = Set.of("id", "state", "created", "changed");

    static RingListing of(byte[] document) {
        Optional<KeyKind> kind = Optional.empty();
        List<Map<String, Object>> keys = new ArrayList<>();
        try (JsonParser json = JSON.createParser(document)) {
            Map<String, Object> key = new LinkedHashMap<>();
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                String name = json.currentName();
                if (token == JsonToken.VALUE_STRING && name != null && name.equals("kind")) {
                    kind = kind(json.getText());
                } else if (token == JsonToken.VALUE_STRING && name != null && TOLD.contains(name)) {
                    key.put(name, told(name, json.getText()));
                } else if (token == JsonToken.END_OBJECT && !key.isEmpty()) {
                    keys.add(key);
                    key = new LinkedHashMap<>();
                }
            }
        } catch (IOException broken) {
            // Opening the ring says what is wrong with it.
            return new RingListing(Optional.empty(), List.of());
        }
        return new RingListing(kind, keys);
    }

    private static String told(String name, String value) {
        return name.equals("state") ? value.toLowerCase(Locale.ROOT) : value;
    }

    private static Optional<KeyKind> kind(String word) {
        for (KeyKind kind : KeyKind.values()) {
            if (kind.name().equals(word)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    void tell(Answer answer) {
        for (Map<String, Object> key : keys) {
            answer.line("  " + key.get("id") + " " + key.get("state") + ", created " + key.get("created") + ", changed "
                    + key.get("changed"));
        }
        answer.with("keys", keys);
    }
}
