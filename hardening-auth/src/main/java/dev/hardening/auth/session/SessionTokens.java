package dev.hardening.auth.session;

import dev.hardening.auth.SessionId;
import java.time.Duration;
import java.util.Objects;

/**
 * What a client gets at login and at each refresh; prints nothing of the tokens.
 *
 * @param accessToken for the {@code Authorization} header
 * @param refreshToken good for one exchange
 * @param expiresIn how long the access token lives
 * @param session the session both belong to
 */
public record SessionTokens(String accessToken, String refreshToken, Duration expiresIn, SessionId session) {
    /**
     * Checks that all are there.
     *
     * @param accessToken for the {@code Authorization} header
     * @param refreshToken good for one exchange
     * @param expiresIn how long the access token lives
     * @param session the session both belong to
     */
    public SessionTokens {
        Objects.requireNonNull(accessToken, "accessToken");
        Objects.requireNonNull(refreshToken, "refreshToken");
        Objects.requireNonNull(expiresIn, "expiresIn");
        Objects.requireNonNull(session, "session");
    }

    @Override
    public String toString() {
        return "SessionTokens[****, session=" + session + "]";
    }
}
