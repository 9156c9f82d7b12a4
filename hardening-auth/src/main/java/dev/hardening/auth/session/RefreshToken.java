package dev.hardening.auth.session;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A refresh token taken apart: {@code v1.<keyId>.<familyId>.<generation>.<mac>}, with one spelling for each.
 *
 * <p>The last character of the code may only be one whose two spare bits are zero, so that a changed bit is a changed
 * token.
 */
record RefreshToken(String keyId, String familyId, long generation, String mac) {
    private static final int MAX_LENGTH = 256;
    private static final Pattern FORM = Pattern.compile("v1\\.([A-Za-z0-9_-]{1,64})\\.([A-Za-z0-9_-]{22})"
            + "\\.(0|[1-9][0-9]{0,17})\\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])");

    static Optional<RefreshToken> parse(@Nullable String token) {
        if (token == null || token.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        Matcher parts = FORM.matcher(token);
        return parts.matches()
                ? Optional.of(new RefreshToken(
                        parts.group(1), parts.group(2), Long.parseLong(parts.group(3)), parts.group(4)))
                : Optional.empty();
    }

    String compact() {
        return "v1." + keyId + '.' + familyId + '.' + generation + '.' + mac;
    }

    @Override
    public String toString() {
        return "RefreshToken[****, generation=" + generation + "]";
    }
}
