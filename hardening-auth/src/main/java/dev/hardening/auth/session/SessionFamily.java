package dev.hardening.auth.session;

import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.secrets.Secret;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * All refresh tokens of one session, as the one row that stands for them; no token is in it.
 *
 * @param id names the family in its tokens: 128 random bits, base64url
 * @param owner whose session it is
 * @param nonce 256 random bits that go into each token's code, useless without the ring's key
 * @param head the one generation that can be exchanged
 * @param life from when to when at most
 * @param login how the session came about; {@code auth_time} of every access token comes from here
 * @param epoch the user's epoch when the session began; a later one ends it
 * @param ending how it ended; empty while it lives
 */
public record SessionFamily(
        String id,
        Owner owner,
        Secret nonce,
        Head head,
        Life life,
        LoginContext login,
        long epoch,
        Optional<Ending> ending) {
    /**
     * Checks that all are there.
     *
     * @param id names the family in its tokens: 128 random bits, base64url
     * @param owner whose session it is
     * @param nonce 256 random bits that go into each token's code, useless without the ring's key
     * @param head the one generation that can be exchanged
     * @param life from when to when at most
     * @param login how the session came about; {@code auth_time} of every access token comes from here
     * @param epoch the user's epoch when the session began; a later one ends it
     * @param ending how it ended; empty while it lives
     */
    public SessionFamily {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(nonce, "nonce");
        Objects.requireNonNull(head, "head");
        Objects.requireNonNull(life, "life");
        Objects.requireNonNull(login, "login");
        Objects.requireNonNull(ending, "ending");
    }

    /**
     * Whose session it is.
     *
     * @param tenant the tenant
     * @param user the account
     * @param session what access tokens name
     */
    public record Owner(TenantId tenant, UserId user, SessionId session) {}

    /**
     * The one generation that can be exchanged.
     *
     * @param keyId the ring key under which its code is made
     * @param generation from 0, one more at each exchange
     * @param rotatedAt when the generation before was exchanged for it, or when the session began
     * @param idleExpiry when it ends unless it is exchanged; never after the absolute expiry
     */
    public record Head(String keyId, long generation, Instant rotatedAt, Instant idleExpiry) {}

    /**
     * The bounds of a session.
     *
     * @param createdAt when it began
     * @param absoluteExpiry when it ends, however often it is refreshed
     */
    public record Life(Instant createdAt, Instant absoluteExpiry) {}

    /**
     * How a session ended.
     *
     * @param at when
     * @param reason one word, for example {@code logout}
     */
    public record Ending(Instant at, String reason) {
        /**
         * Checks that both are there.
         *
         * @param at when
         * @param reason one word, for example {@code logout}
         */
        public Ending {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(reason, "reason");
        }
    }

    SessionFamily withHead(Head next) {
        return new SessionFamily(id, owner, nonce, next, life, login, epoch, ending);
    }

    SessionFamily withEpoch(long present) {
        return new SessionFamily(id, owner, nonce, head, life, login, present, ending);
    }

    SessionFamily withEnding(Ending end) {
        return new SessionFamily(id, owner, nonce, head, life, login, epoch, Optional.of(end));
    }
}
