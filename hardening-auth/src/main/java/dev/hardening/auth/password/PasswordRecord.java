package dev.hardening.auth.password;

import java.util.Objects;

/**
 * The stored form of a password: a self-describing text with algorithm, parameters, salt and tag.
 *
 * @param text what to store; a guess can be tried against it offline, so it prints redacted
 */
public record PasswordRecord(String text) {
    /**
     * Checks the text for presence only; its hasher reads it.
     *
     * @param text not empty
     */
    public PasswordRecord {
        Objects.requireNonNull(text, "text");
        if (text.isEmpty()) {
            throw new IllegalArgumentException("text must not be empty");
        }
    }

    /**
     * Prints that there is a record, and nothing of it.
     *
     * @return {@code PasswordRecord[****]}
     */
    @Override
    public String toString() {
        return "PasswordRecord[****]";
    }
}
