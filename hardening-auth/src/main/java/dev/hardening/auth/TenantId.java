package dev.hardening.auth;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Names one of the schools that share an installation; part of every key and every query.
 *
 * <p>Lower-case letters, digits, {@code -} and {@code _}, beginning with a letter or a digit. Anything else is refused, so that a name can go into a claim, a log line, a file name or a limit key as it is.
 *
 * @param value 1 to 64 characters
 */
public record TenantId(String value) {
    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");

    /**
     * Checks the form.
     *
     * @param value 1 to 64 characters
     * @throws IllegalArgumentException if {@code value} has another form
     */
    public TenantId {
        Objects.requireNonNull(value, "value");
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "a tenant is 1 to 64 of a-z 0-9 - _, got " + value.length() + " characters of another form");
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
