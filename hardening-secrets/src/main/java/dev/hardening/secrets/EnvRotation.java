package dev.hardening.secrets;

import java.util.Objects;
import java.util.Optional;

/**
 * What to put in the place of a value of an env file, and what becomes of that one.
 *
 * @param spec what to generate
 * @param previous under which name the value is kept; empty if it is lost
 * @param replaces whether a value that is kept there already is lost
 */
record EnvRotation(SecretSpec spec, Optional<String> previous, boolean replaces) {
    private static final String PREVIOUS = "_PREVIOUS";

    static EnvRotation keeping(String name, SecretSpec spec) {
        return new EnvRotation(nonNull(spec), Optional.of(previous(name)), false);
    }

    static EnvRotation replacing(String name, SecretSpec spec) {
        return new EnvRotation(nonNull(spec), Optional.of(previous(name)), true);
    }

    static EnvRotation forgetting(SecretSpec spec) {
        return new EnvRotation(nonNull(spec), Optional.empty(), false);
    }

    /** Where a value stands in the way that was kept when the variable was rotated before. */
    Optional<String> inTheWay(EnvDocument document) {
        return previous.filter(name -> !replaces && document.has(name));
    }

    private static String previous(String name) {
        if (name.endsWith(PREVIOUS)) {
            throw new IllegalArgumentException("name must not end in " + PREVIOUS + ", got \"" + name + "\"");
        }
        return EnvDocument.checkedName(name + PREVIOUS);
    }

    private static SecretSpec nonNull(SecretSpec spec) {
        return Objects.requireNonNull(spec, "spec");
    }
}
