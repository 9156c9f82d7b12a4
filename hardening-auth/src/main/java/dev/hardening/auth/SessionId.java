package dev.hardening.auth;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Names one session: what a login starts and a logout ends; not a secret, knowing it opens nothing.
 *
 * <p>Letters, digits, {@code -} and {@code _}. Anything else is refused, so that a name can go into a claim, a log line, a file name or a limit key as it is.
 *
 * @param value 1 to 64 characters
 */
public record SessionId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /**
     * Checks the form.
     *
     * @param value 1 to 64 characters
     * @throws IllegalArgumentException if {@code value} has another form
     */
    public SessionId {
        Objects.requireNonNull(value, "value");
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("a session id is 1 to 64 of A-Z a-z 0-9 - _, got " + value.length()
                    + " characters of another form");
        }
    }

    /**
     * Tells whether a string would make such a name, without an exception for input from outside.
     *
     * @param candidate what came in
     * @return whether the constructor accepts it
     */
    public static boolean accepts(String candidate) {
        return FORM.matcher(candidate).matches();
    }

    /**
     * Returns the bare name.
     *
     * @return {@link #value()}
     */
    @Override
    public String toString() {
        return value;
    }
}
