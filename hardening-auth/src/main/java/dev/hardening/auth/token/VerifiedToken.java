package dev.hardening.auth.token;

import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a token says, held by a type that only {@link AccessTokenVerifier} can make: to hold one is the proof.
 *
 * <p>It was valid at the moment of verification; keep it no longer than the request. Immutable.
 */
public final class VerifiedToken {
    private final TenantId tenant;
    private final UserId user;
    private final SessionId session;
    private final String id;
    private final long epoch;
    private final Instant issuedAt;
    private final Instant expiresAt;
    private final Instant authenticatedAt;
    private final List<Factor> factors;
    private final Optional<String> clientId;

    /** Takes claims whose forms {@link AccessClaims#sound} has checked. */
    VerifiedToken(Map<String, Object> claims) {
        tenant = new TenantId(AccessClaims.text(claims, AccessClaims.TENANT));
        user = new UserId(AccessClaims.text(claims, AccessClaims.SUBJECT));
        session = new SessionId(AccessClaims.text(claims, AccessClaims.SESSION));
        id = AccessClaims.text(claims, AccessClaims.TOKEN_ID);
        epoch = AccessClaims.number(claims, AccessClaims.EPOCH);
        issuedAt = AccessClaims.instant(claims, AccessClaims.ISSUED_AT);
        expiresAt = AccessClaims.instant(claims, AccessClaims.EXPIRES_AT);
        authenticatedAt = AccessClaims.instant(claims, AccessClaims.AUTHENTICATED_AT);
        factors = AccessClaims.factors(claims);
        clientId = Optional.ofNullable((String) claims.get(AccessClaims.CLIENT_ID));
    }

    /**
     * Names the tenant; part of every query made for this caller.
     *
     * @return claim {@code tenant}
     */
    public TenantId tenant() {
        return tenant;
    }

    /**
     * Names who is calling.
     *
     * @return claim {@code sub}
     */
    public UserId user() {
        return user;
    }

    /**
     * Names the session the token belongs to.
     *
     * @return claim {@code sid}
     */
    public SessionId session() {
        return session;
    }

    /**
     * Names this token, for a log.
     *
     * @return claim {@code jti}
     */
    public String id() {
        return id;
    }

    /**
     * The user's epoch when the token was made.
     *
     * @return claim {@code epoch}, not negative
     */
    public long epoch() {
        return epoch;
    }

    /**
     * When the token was made.
     *
     * @return claim {@code iat}
     */
    public Instant issuedAt() {
        return issuedAt;
    }

    /**
     * When the token ends.
     *
     * @return claim {@code exp}
     */
    public Instant expiresAt() {
        return expiresAt;
    }

    /**
     * When the user last proved who they are; a refresh does not move it.
     *
     * @return claim {@code auth_time}
     */
    public Instant authenticatedAt() {
        return authenticatedAt;
    }

    /**
     * How the user proved who they are, each with its time.
     *
     * @return claims {@code amr} and {@code amr_time}; at least one, unmodifiable
     */
    public List<Factor> factors() {
        return factors;
    }

    /**
     * Names the program that calls for the user.
     *
     * @return claim {@code client_id}, empty where there is none
     */
    public Optional<String> clientId() {
        return clientId;
    }

    /**
     * Names user, tenant and session.
     *
     * @return no part of the token itself
     */
    @Override
    public String toString() {
        return "VerifiedToken[user=" + user + ", tenant=" + tenant + ", session=" + session + "]";
    }
}
