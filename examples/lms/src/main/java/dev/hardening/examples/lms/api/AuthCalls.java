package dev.hardening.examples.lms.api;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.secrets.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the handlers need of accounts, sessions and keys. Implementations are safe for many threads. */
public interface AuthCalls {
    /**
     * Registers an account that waits for its address to be verified, or seems to.
     *
     * @param tenant the school; one that does not exist or takes nobody costs the same work, and nothing comes of it
     * @return done whether the address was known or not; invalid for a refused password; throttled or busy
     */
    Reply<Accepted> register(TenantId tenant, Newcomer newcomer, Client client);

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

    /** The account of someone; empty if it is gone or shut. */
    Optional<Person> person(Member member);

    /** Whether someone has an account that is neither gone nor shut, whatever its address. */
    boolean isActive(Member member);

    /**
     * Makes the first administrator of the school that the token names; his address counts as verified.
     *
     * @return who, or rejected for a bad token, invalid for a refused password, conflict for an address that has an
     *     account; the token stays good for the last two
     */
    Reply<Member> setUp(Secret token, Newcomer newcomer, Client client);

    /** Makes a token for {@link #setUp}, valid 7 days, in place of an earlier one of the same school. */
    Secret issueSetupToken(TenantId tenant);

    /** Whether a school has an administrator. */
    boolean hasAdministrator(TenantId tenant);

    /** The public keys as they are now. */
    PublicKeys publicKeys();

    /** That a call was taken; what became of it is not told. */
    enum Accepted {
        /** The only value. */
        ACCEPTED
    }

    /**
     * Someone who wants an account.
     *
     * @param email checked
     * @param password as typed
     * @param name checked; empty if none was given
     */
    record Newcomer(EmailAddress email, Secret password, Optional<String> name) {}

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
     * A JWK set.
     *
     * @param json the document
     * @param etag quoted; changes with the keys alone
     * @param cacheControl how long others may keep it
     */
    record PublicKeys(String json, String etag, String cacheControl) {}

    /**
     * An account.
     *
     * @param email to show to its owner
     * @param name what to call the person
     * @param roles what the person is in the whole school
     */
    record Person(EmailAddress email, String name, List<String> roles) {
        /** Copies the list. */
        public Person {
            roles = List.copyOf(roles);
        }
    }
}
