package dev.hardening.health;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Says what one run of a check found; thresholds decide later whether the check changes its status.
 *
 * <p>Reason and data are for operators and never reach an anonymous caller. Both are cut while they are taken over
 * (reason 200 characters, data 32 entries and 4,096 characters), so a check cannot fill the heap with its findings.
 *
 * @param outcome what was found
 * @param reason a short word or sentence, empty where there is nothing to say; no secret, no exception text
 * @param data numbers, booleans and strings in insertion order; anything else is turned into a string
 */
public record CheckResult(Outcome outcome, String reason, Map<String, Object> data) {
    private static final int MAX_REASON = 200;
    private static final int MAX_KEY = 64;
    private static final int MAX_ENTRIES = 32;
    private static final int MAX_DATA = 4_096;
    private static final int NUMBER_SIZE = 20;
    private static final CheckResult OK = new CheckResult(Outcome.OK, "", Map.of());

    /** What a run found. */
    public enum Outcome {
        /** Works. */
        OK,
        /** Works, but someone should look. */
        WARN,
        /** Does not work. */
        FAIL
    }

    /**
     * Cuts reason and data to their limits.
     *
     * @param outcome what was found
     * @param reason cut at 200 characters
     * @param data copied, cut at 32 entries and 4,096 characters
     */
    public CheckResult {
        Objects.requireNonNull(outcome, "outcome");
        reason = cut(Objects.requireNonNull(reason, "reason"), MAX_REASON);
        data = bounded(Objects.requireNonNull(data, "data"));
    }

    /**
     * Says that it works.
     *
     * @return the same value each time
     */
    public static CheckResult ok() {
        return OK;
    }

    /**
     * Says that it works but needs a look.
     *
     * @param reason why, for operators
     * @return the result
     */
    public static CheckResult warn(String reason) {
        return new CheckResult(Outcome.WARN, reason, Map.of());
    }

    /**
     * Says that it does not work.
     *
     * @param reason why, for operators; not the text of an exception
     * @return the result
     */
    public static CheckResult fail(String reason) {
        return new CheckResult(Outcome.FAIL, reason, Map.of());
    }

    /**
     * Adds a finding.
     *
     * @param key its name, cut at 64 characters
     * @param value a number, boolean or string; anything else becomes a string
     * @return a new result with the finding, or without it where the limit of all data is reached
     */
    public CheckResult with(String key, Object value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        Map<String, Object> more = new LinkedHashMap<>(data);
        more.put(key, value);
        return new CheckResult(outcome, reason, more);
    }

    private static Map<String, Object> bounded(Map<String, Object> data) {
        if (data.isEmpty()) {
            return Map.of();
        }
        Map<String, Object> kept = new LinkedHashMap<>();
        int room = MAX_DATA;
        for (Map.Entry<String, Object> entry : data.entrySet()) {
            String key = cut(entry.getKey(), MAX_KEY);
            Object value = simple(entry.getValue(), room - key.length());
            room -= key.length() + size(value);
            if (room < 0 || kept.size() == MAX_ENTRIES) {
                break;
            }
            kept.put(key, value);
        }
        return Collections.unmodifiableMap(kept);
    }

    private static Object simple(Object value, int room) {
        if (value instanceof Integer || value instanceof Long || value instanceof Boolean || value instanceof Double) {
            return value;
        }
        return cut(String.valueOf(value), Math.max(0, room));
    }

    private static int size(Object value) {
        return value instanceof String text ? text.length() : NUMBER_SIZE;
    }

    private static String cut(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        boolean splitsPair = length > 0 && Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, splitsPair ? length - 1 : length);
    }
}
