package dev.hardening.auth.token;

import java.time.Instant;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One way in which a user proved who they are, and when.
 *
 * @param method a name of RFC 8176, for example {@code pwd} or {@code otp}; 1 to 16 of {@code a-z 0-9 _ -}
 * @param time when it was proven; kept to the second
 */
public record Factor(String method, Instant time) {
    private static final Pattern METHOD = Pattern.compile("[a-z0-9_-]{1,16}");

    /**
     * Checks the method's form and cuts the time to the second.
     *
     * @param method a name of RFC 8176, for example {@code pwd} or {@code otp}; 1 to 16 of {@code a-z 0-9 _ -}
     * @param time when it was proven; kept to the second
     * @throws IllegalArgumentException if {@code method} has another form
     */
    public Factor {
        if (!accepts(method)) {
            throw new IllegalArgumentException("method must be 1 to 16 of a-z 0-9 _ -, got " + method);
        }
        time = Instant.ofEpochSecond(time.getEpochSecond());
    }

    /**
     * Says that a password was right.
     *
     * @param time when
     * @return the factor {@code pwd}
     */
    public static Factor password(Instant time) {
        return new Factor("pwd", time);
    }

    static boolean accepts(String method) {
        return METHOD.matcher(Objects.requireNonNull(method, "method")).matches();
    }
}
