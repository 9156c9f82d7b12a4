package dev.hardening.auth.token;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.time.Duration;

/**
 * Knows which sessions ended while their access tokens still live; asked on each verification.
 *
 * <p>Revocation goes by session and by user epoch, never by the token or its hash: an ECDSA signature has a second
 * valid spelling, so a list of hashes can be walked around. Implementations answer from memory, with a stated bound on
 * how old the answer may be, for many threads.
 */
public interface Revocations {
    /**
     * Asks whether a token of this session may no longer be used.
     *
     * @param tenant the tenant of the token
     * @param user the user of the token
     * @param session the session of the token
     * @param epoch the user epoch of the token; a smaller one than the user's present epoch is revoked
     * @return whether it has been revoked
     * @throws AuthUnavailableException if no answer of the promised freshness can be had; answer 503, never 401
     */
    boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch);

    /**
     * For how long a revocation is remembered at least; must outlast every access token.
     *
     * @return a positive time
     */
    Duration memory();
}
