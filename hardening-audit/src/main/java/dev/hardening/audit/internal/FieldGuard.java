package dev.hardening.audit.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Passes the values of one event and remembers what it had to change, for the flags in {@code data}.
 *
 * <p>The flags begin with a dollar sign, which no key of a caller can.
 */
final class FieldGuard {
    static final int IDENTIFIER = 256;
    static final int PHRASE = 512;
    static final int SENTENCE = 1024;
    static final int DETAIL = 4096;

    /** Redaction comes before the cut, so that no half of a secret escapes it; this bounds what it costs. */
    private static final int WINDOW = 4 * DETAIL;

    private static final int MAX_NAMED = 16;

    private final Redactor redactor;
    private final Map<String, Object> cut = new TreeMap<>();
    private final List<String> escaped = new ArrayList<>();
    private final List<String> lossy = new ArrayList<>();
    private final List<String> redacted = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();
    private int droppedCount;

    FieldGuard(Redactor redactor) {
        this.redactor = redactor;
    }

    void put(Map<String, Object> fields, String field, Optional<String> text, int limit) {
        text.ifPresent(present -> fields.put(field, clean(field, present, limit)));
    }

    String clean(String field, String text, int limit) {
        String window = head(text, WINDOW);
        String secretFree = redactor.redact(window);
        if (!secretFree.equals(window)) {
            redacted.add(field);
        }
        SafeText safe = SafeText.of(secretFree);
        if (safe.escaped()) {
            escaped.add(field);
        }
        if (safe.lossy()) {
            lossy.add(field);
        }
        String stored = head(safe.text(), limit);
        if (stored.length() < safe.text().length() || window.length() < text.length()) {
            cut.put(field, text.length());
        }
        return stored;
    }

    Object detail(String key, Object value) {
        String field = "data." + key;
        if (redactor.sensitiveName(key)) {
            redacted.add(field);
            return "[redacted:name]";
        }
        if (value instanceof Long number && CanonicalJson.isSafe(number)) {
            String text = number.toString();
            String clean = redactor.redact(text);
            if (clean.equals(text)) {
                return number;
            }
        }
        return clean(field, value.toString(), DETAIL);
    }

    /** Names the first few and counts all, since the flags themselves must stay short. */
    void dropped(String key) {
        droppedCount++;
        if (dropped.size() < MAX_NAMED) {
            dropped.add(key);
        }
    }

    Map<String, Object> flags() {
        Map<String, Object> flags = new TreeMap<>();
        if (!cut.isEmpty()) {
            flags.put("$cut", cut);
        }
        if (droppedCount > 0) {
            flags.put("$dropped", List.copyOf(dropped));
            flags.put("$dropped_count", droppedCount);
        }
        flag(flags, "$escaped", escaped);
        flag(flags, "$lossy", lossy);
        flag(flags, "$redacted", redacted);
        return flags;
    }

    private static void flag(Map<String, Object> flags, String name, List<String> fields) {
        if (!fields.isEmpty()) {
            flags.put(name, List.copyOf(fields));
        }
    }

    /** Never cuts a surrogate pair in two. */
    private static String head(String text, int limit) {
        if (text.length() <= limit) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit);
    }
}
