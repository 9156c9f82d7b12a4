package dev.hardening.audit.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON as RFC 8785 wants it, so that equal values have equal bytes.
 *
 * <p>Numbers are integers within plus and minus 2^53-1 only, so the one hard part of the RFC, the shortest form of a
 * double, does not arise. Keys are sorted by UTF-16 code unit, which is how {@code String} compares. A lone surrogate is
 * refused (RFC 8785, section 3.2.2.2): whoever calls has replaced it.
 */
public final class CanonicalJson {
    /** The largest integer that every JSON reader keeps exactly. */
    private static final long MAX_INTEGER = (1L << 53) - 1;

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int START = 512;

    private byte[] bytes = new byte[START];
    private int length;

    /**
     * Writes one value.
     *
     * @param value text, integer, boolean, null, or a list or map of such
     * @return the bytes, UTF-8
     */
    public static byte[] encode(@Nullable Object value) {
        CanonicalJson json = new CanonicalJson();
        json.value(value);
        return json.toBytes();
    }

    static boolean isSafe(long number) {
        return number <= MAX_INTEGER && number >= -MAX_INTEGER;
    }

    /**
     * Appends one value.
     *
     * @param value text, integer, boolean, null, or a list or map of such
     */
    public void value(@Nullable Object value) {
        if (value instanceof String text) {
            string(text);
        } else if (value instanceof Long || value instanceof Integer) {
            integer(((Number) value).longValue());
        } else if (value instanceof Map<?, ?> map) {
            object(map);
        } else if (value instanceof Iterable<?> list) {
            array(list.iterator());
        } else if (value == null || value instanceof Boolean) {
            raw(String.valueOf(value));
        } else {
            throw new IllegalArgumentException("not a canonical JSON value: " + value.getClass());
        }
    }

    /**
     * Appends ASCII text as it is.
     *
     * @param ascii punctuation or a literal
     */
    public void raw(String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            put(ascii.charAt(i));
        }
    }

    /**
     * Counts what was written so far.
     *
     * @return the number of bytes
     */
    public int length() {
        return length;
    }

    /**
     * Copies what was written so far.
     *
     * @return the bytes
     */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    private void integer(long number) {
        if (!isSafe(number)) {
            throw new IllegalArgumentException("integer must be within 2^53-1, got " + number);
        }
        raw(Long.toString(number));
    }

    private void object(Map<?, ?> map) {
        TreeMap<String, @Nullable Object> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put((String) key, value));
        put('{');
        String comma = "";
        for (Map.Entry<String, @Nullable Object> entry : sorted.entrySet()) {
            raw(comma);
            string(entry.getKey());
            put(':');
            value(entry.getValue());
            comma = ",";
        }
        put('}');
    }

    private void array(Iterator<?> elements) {
        put('[');
        while (elements.hasNext()) {
            value(elements.next());
            if (elements.hasNext()) {
                put(',');
            }
        }
        put(']');
    }

    private void string(String text) {
        put('"');
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < 0x20 || unit == '"' || unit == '\\') {
                escape(unit);
            } else if (Character.isSurrogate(unit)) {
                codePoint(pair(text, i));
                i++;
            } else {
                codePoint(unit);
            }
        }
        put('"');
    }

    private static int pair(String text, int at) {
        int codePoint = text.codePointAt(at);
        if (!Character.isSupplementaryCodePoint(codePoint)) {
            throw new IllegalArgumentException("lone surrogate at " + at);
        }
        return codePoint;
    }

    private void escape(char unit) {
        put('\\');
        switch (unit) {
            case '\b' -> put('b');
            case '\t' -> put('t');
            case '\n' -> put('n');
            case '\f' -> put('f');
            case '\r' -> put('r');
            case '"', '\\' -> put(unit);
            default -> {
                raw("u00");
                put(HEX[unit >> 4]);
                put(HEX[unit & 0xf]);
            }
        }
    }

    private void codePoint(int point) {
        if (point < 0x80) {
            put(point);
        } else if (point < 0x800) {
            put(0xc0 | (point >> 6));
            put(0x80 | (point & 0x3f));
        } else {
            wide(point);
        }
    }

    private void wide(int point) {
        if (point < 0x10000) {
            put(0xe0 | (point >> 12));
        } else {
            put(0xf0 | (point >> 18));
            put(0x80 | ((point >> 12) & 0x3f));
        }
        put(0x80 | ((point >> 6) & 0x3f));
        put(0x80 | (point & 0x3f));
    }

    private void put(int value) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, length * 2);
        }
        bytes[length++] = (byte) value;
    }
}
