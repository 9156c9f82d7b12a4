package dev.hardening.secrets.ring;

import java.util.Objects;
import java.util.regex.Pattern;

/** The names of rings: they become names of files, so nothing of a path may be in them. */
final class RingName {
    private static final Pattern GRAMMAR = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    private static final String ROOT_SUFFIX = "-root";

    private RingName() {}

    /** Whether a ring may be called so; names that end like those of root keys are kept for these. */
    static boolean ofRing(String name) {
        return valid(name) && !name.endsWith(ROOT_SUFFIX);
    }

    /** Where the wrapped root key of a ring is kept, in the same store. */
    static String ofRoot(String ring) {
        return ring + ROOT_SUFFIX;
    }

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
