package dev.hardening.auth.password;

import java.util.Objects;

/**
 * One reason why a password was refused, to be told to the person who chose it.
 *
 * @param code for programs and translations
 * @param message one English sentence; holds nothing of the password
 */
public record Violation(Code code, String message) {
    /**
     * Checks that both are there.
     *
     * @param code which rule
     * @param message the rule in words
     */
    public Violation {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
    }

    /** Which rule a password broke. */
    public enum Code {
        /** Fewer code points than the policy asks for. */
        TOO_SHORT,
        /** More code points or bytes than the policy admits. */
        TOO_LONG,
        /** A control character, an unassigned code point or half a surrogate pair. */
        FORBIDDEN_CHARACTER,
        /** One that guessing programs try early: a walk, a repetition or common words. */
        COMMON,
        /** Little more than the user's own address or name, or the name of the service. */
        PERSONAL
    }
}
