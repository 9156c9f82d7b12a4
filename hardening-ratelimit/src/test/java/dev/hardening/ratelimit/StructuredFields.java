package dev.hardening.ratelimit;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the lists of RFC 9651, section 4.2.1, as far as rate limits need them: items that are strings, with parameters that
 * are integers, strings, byte sequences, tokens or nothing. Whatever the grammar does not allow is refused.
 */
public final class StructuredFields {
    private static final int MOST_DIGITS = 15;
    private static final String KEY = "abcdefghijklmnopqrstuvwxyz0123456789_-.*";

    private final String text;
    private int at;

    private StructuredFields(String text) {
        this.text = text;
    }

    /** A string with its parameters. */
    public record Item(String value, Map<String, Object> parameters) {
        public long integer(String key) {
            return (Long) parameters.get(key);
        }

        public boolean has(String key) {
            return parameters.containsKey(key);
        }
    }

    public static List<Item> list(String text) {
        return new StructuredFields(text).list();
    }

    private List<Item> list() {
        List<Item> items = new ArrayList<>();
        skip(" ");
        while (at < text.length()) {
            items.add(new Item(string(), parameters()));
            skip(" \t");
            if (at == text.length()) {
                return items;
            }
            expect(',');
            skip(" \t");
            if (at == text.length()) {
                throw fault("a comma at the end");
            }
        }
        return items;
    }

    private Map<String, Object> parameters() {
        Map<String, Object> parameters = new LinkedHashMap<>();
        while (at < text.length() && text.charAt(at) == ';') {
            at++;
            skip(" ");
            String key = key();
            Object value = true;
            if (at < text.length() && text.charAt(at) == '=') {
                at++;
                value = bare();
            }
            parameters.put(key, value);
        }
        return parameters;
    }

    private String key() {
        int start = at;
        while (at < text.length() && KEY.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String key = text.substring(start, at);
        if (key.isEmpty() || !(Character.isLowerCase(key.charAt(0)) || key.charAt(0) == '*')) {
            throw fault("no key");
        }
        return key;
    }

    private Object bare() {
        char first = at < text.length() ? text.charAt(at) : 0;
        if (first == '"') {
            return string();
        }
        if (first == ':') {
            int end = text.indexOf(':', at + 1);
            String bytes = text.substring(at + 1, end);
            at = end + 1;
            return Base64.getDecoder().decode(bytes);
        }
        return integer();
    }

    private long integer() {
        int start = at;
        if (at < text.length() && text.charAt(at) == '-') {
            at++;
        }
        int digits = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == digits || at - digits > MOST_DIGITS) {
            throw fault("no integer");
        }
        return Long.parseLong(text.substring(start, at));
    }

    private String string() {
        expect('"');
        StringBuilder value = new StringBuilder();
        while (at < text.length()) {
            char next = text.charAt(at++);
            if (next == '"') {
                return value.toString();
            }
            if (next == '\\') {
                next = at < text.length() ? text.charAt(at++) : 0;
                if (next != '"' && next != '\\') {
                    throw fault("a stray backslash");
                }
            } else if (next < ' ' || next > '~') {
                throw fault("not ASCII");
            }
            value.append(next);
        }
        throw fault("no end of string");
    }

    private void expect(char wanted) {
        if (at >= text.length() || text.charAt(at) != wanted) {
            throw fault("no " + wanted);
        }
        at++;
    }

    private void skip(String blanks) {
        while (at < text.length() && blanks.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException fault(String what) {
        return new IllegalArgumentException(what + " at " + at + " of " + text);
    }
}
