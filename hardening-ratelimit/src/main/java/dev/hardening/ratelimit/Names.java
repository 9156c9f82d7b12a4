package dev.hardening.ratelimit;

import java.util.regex.Pattern;

/** Names that may stand in a quoted string of a field or of JSON as they are. */
final class Names {
    private static final Pattern PLAIN = Pattern.compile("[a-z][a-z0-9._-]{0,159}");

    private Names() {}

    static String requirePlain(String name) {
        if (!PLAIN.matcher(name).matches()) {
            throw new IllegalArgumentException("limit must match " + PLAIN + ", got \"" + name + '"');
        }
        return name;
    }
}
