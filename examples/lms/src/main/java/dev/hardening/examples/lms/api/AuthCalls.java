package dev.hardening.examples.lms.api;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.secrets.Secret;
import java.time.Duration;
import java.util.Optional;

/** What the handlers need of accounts, sessions and keys. Implementations are safe for many threads. */
public interface AuthCalls {
    /**
     * Registers an account that waits for its address to be verified, or seems to.
     *
     * @param registration without a tenant where nobody may register; then the same work is done and nothing comes of it
     * @return done whether the address was known or not; invalid for a refused password; throttled or busy
     */
    Reply<Accepted> register(Registration registration, Client client);

    /** Verifies an address; rejected for a bad token or a password other than that of the registration. */
    Reply<Accepted> verify(Secret token, Secret password, Client client);

    /** Sends the verification mail again where there is something to verify; done in any case, or throttled. */
    Reply<Accepted> resend(TenantId tenant, String email, Client client);

    /** Logs in; rejected for every cause alike, throttled or busy. */
    Reply<Tokens> login(Credentials credentials, Client client);

    /** Exchanges a refresh token; rejected for every cause alike. */
    Reply<Tokens> refresh(Secret refreshToken, Client client);

    /** Ends the session of a refresh token; a bad token changes nothing. */
    void logout(Secret refreshToken, Client client);

    /** The account of a caller; empty if it is gone. */
    Optional<Person> person(Member member);

    /**
     * Makes the first administrator of a school; his address counts as verified.
     *
     * @param registration with a tenant
     * @return his id, or invalid for a refused password or an address that has an account
     */
    Reply<UserId> createAdministrator(Registration registration, Client client);

    /** The public keys as a JWK set, rendered. */
    byte[] jwks();

    /** That a call was taken; what became of it is not told. */
    enum Accepted {
        /** The only value. */
        ACCEPTED
    }

    /**
     * A wish to have an account.
     *
     * @param tenant empty where nobody may register
     * @param email checked
     * @param password as typed
     * @param name empty if none was given
     */
    record Registration(Optional<TenantId> tenant, EmailAddress email, Secret password, Optional<String> name) {}

    /**
     * A claim to be someone.
     *
     * @param tenant the school, which may not exist
     * @param email as typed, of any form
     * @param password as typed
     */
    record Credentials(TenantId tenant, String email, Secret password) {}

    /**
     * What a session has.
     *
     * @param access for the Authorization header
     * @param refresh for the next tokens
     * @param expiresIn the life of the access token
     */
    record Tokens(String access, String refresh, Duration expiresIn) {
        /** Holds secrets, so it prints none. */
        @Override
        public String toString() {
            return "Tokens[****]";
        }
    }

    /**
     * An account.
     *
     * @param email to show to its owner
     * @param name empty if none was given
     */
    record Person(EmailAddress email, Optional<String> name) {}
}
