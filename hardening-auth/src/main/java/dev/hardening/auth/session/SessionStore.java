package dev.hardening.auth.session;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where sessions are kept; each verb is atomic, alone and against the others.
 *
 * <p>Port: implement it for another database, and let the contract test of this module judge it. Every method throws
 * {@link AuthUnavailableException} if the store does not answer, and is safe for many threads and processes.
 */
public interface SessionStore {
    /**
     * Reads under which epoch a user's sessions begin now.
     *
     * @param tenant the tenant
     * @param user the account
     * @return of the last {@link #endAll}, 0 if there was none
     */
    long epoch(TenantId tenant, UserId user);

    /**
     * Keeps a new session under the epoch that it states; where the user's is greater by now, it has ended from the start.
     *
     * @param family with a new id
     */
    void create(SessionFamily family);

    /**
     * Reads a session.
     *
     * @param familyId its id
     * @return the session as it stands, ended if it or all of its user's were; empty if there is none
     */
    Optional<SessionFamily> find(String familyId);

    /**
     * Exchanges a generation: of any number of callers with the same expectation, one wins.
     *
     * @param familyId its id
     * @param expectedGeneration the generation that is handed in
     * @param next the head to come, one generation on
     * @return the session after the exchange; empty if it is gone, has ended or stands at another generation
     */
    Optional<SessionFamily> advance(String familyId, long expectedGeneration, SessionFamily.Head next);

    /**
     * Ends one session.
     *
     * @param familyId its id
     * @param ending when and why
     * @return whether this call ended it
     */
    boolean end(String familyId, SessionFamily.Ending ending);

    /**
     * Ends all sessions of a user, those included that are just beginning under the epoch before, by giving the user a
     * new one.
     *
     * @param tenant the tenant
     * @param user the account
     * @param ending when and why
     * @return the new epoch, greater than any before
     */
    long endAll(TenantId tenant, UserId user, SessionFamily.Ending ending);

    /**
     * Asks for one session what {@link #changes} tells for all.
     *
     * @param tenant the tenant
     * @param user the account
     * @param session as an access token names it
     * @param epoch as an access token states it
     * @return whether the session has ended or the user's epoch is greater
     */
    boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch);

    /**
     * Tells what ended since the last call; may tell a thing twice, but never omits one.
     *
     * @param cursor of the last answer, or empty to begin
     * @param notBefore what ended earlier is of no interest
     * @return sessions and epochs, and where to go on
     */
    Changes changes(String cursor, Instant notBefore);

    /**
     * Removes sessions whose time was over a day ago, and epochs that no session depends on any more.
     *
     * @param batch how many rows at most, positive
     * @return how many were removed; call again while it equals {@code batch}
     */
    int purgeExpired(int batch);

    /**
     * What ended.
     *
     * @param sessions those that ended one by one
     * @param epochs users all of whose older sessions ended
     * @param cursor where the next call goes on
     */
    record Changes(List<SessionId> sessions, List<UserEpoch> epochs, String cursor) {
        /**
         * Copies the lists.
         *
         * @param sessions those that ended one by one
         * @param epochs users all of whose older sessions ended
         * @param cursor where the next call goes on
         */
        public Changes {
            sessions = List.copyOf(sessions);
            epochs = List.copyOf(epochs);
            Objects.requireNonNull(cursor, "cursor");
        }
    }

    /**
     * The present epoch of a user.
     *
     * @param tenant the tenant
     * @param user the account
     * @param epoch what was issued under a smaller one is revoked
     */
    record UserEpoch(TenantId tenant, UserId user, long epoch) {}
}
