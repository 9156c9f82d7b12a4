package dev.hardening.secrets.ring;

import java.util.Objects;
import java.util.regex.Pattern;

/** The names of rings: they become names of files, so nothing of a path may be in them. */
final class RingName {
    private static final Pattern GRAMMAR = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    private RingName() {}

    static boolean valid(String name) {
        return GRAMMAR.matcher(name).matches();
    }

    static String check(String name) {
        if (!valid(Objects.requireNonNull(name, "ring"))) {
            throw new IllegalArgumentException(
                    "ring must be lower-case letters, digits and dashes, got \"" + name + "\"");
        }
        return name;
    }
}
