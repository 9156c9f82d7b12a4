package dev.hardening.auth.account;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the hashes of one-time tokens lie: what a link in a mail or a set-up token is checked against.
 *
 * <p>The store never sees a token, only its SHA-256; a copy of the store opens nothing. One subject has at most one live
 * token per purpose. Every verb is one atomic step, may block on I/O and throws
 * {@link dev.hardening.auth.AuthUnavailableException} where the store does not answer. Safe for many threads.
 */
public interface OneTimeTokenStore {
    /** How often a token may be presented, or guessed at where guesses are counted, before it is dead. */
    int MAX_TRIES = 10;

    /**
     * Writes a token; an older one of the same tenant, user and purpose is dead from then on.
     *
     * @param entry the token's hash and what it is good for
     */
    void issueReplacingSiblings(Entry entry);

    /**
     * Writes a token unless somebody else holds a live one of the same tenant, user and purpose.
     *
     * @param entry the token's hash and what it is good for; {@code holder} says who asks
     * @param now decides whether the other one is still alive
     * @return whether it was written
     */
    boolean issueUnlessHeld(Entry entry, Instant now);

    /**
     * Reads what the token is good for and counts nothing, so that an invented token can be turned away cheaply.
     *
     * @param hash of the token that was presented
     * @param purpose what it was presented for
     * @param now a token that ends now is dead
     * @return empty where {@link #attempt} would be empty
     */
    Optional<Entry> find(String hash, Purpose purpose, Instant now);

    /**
     * Counts a try and reads what the token is good for.
     *
     * @param hash of the token that was presented
     * @param purpose what it was presented for
     * @param now a token that ends now is dead
     * @return empty where it is unknown, dead, tried too often or made for something else
     */
    Optional<Entry> attempt(String hash, Purpose purpose, Instant now);

    /**
     * Counts a guess that hit nothing against a token.
     *
     * @param tenant of the token
     * @param user of the token
     * @param purpose of the token
     */
    void countMiss(TenantId tenant, UserId user, Purpose purpose);

    /**
     * Takes a token out for good; of many callers one gets it.
     *
     * @param hash of the token that was presented
     * @param purpose what it was presented for
     * @param now a token that ends now is dead
     * @return what it was good for, to the one caller who took it
     */
    Optional<Entry> consume(String hash, Purpose purpose, Instant now);

    /**
     * Removes tokens whose time is over.
     *
     * @param now those that end now go
     * @param batch the most to remove in this call, positive
     * @return how many were removed
     */
    int purgeExpired(Instant now, int batch);

    /**
     * Keeps tokens in the heap, for tests and trials; they are gone with the process.
     *
     * @return an empty store for at most 100,000 tokens
     */
    static OneTimeTokenStore inMemory() {
        return new InMemoryOneTimeTokenStore();
    }

    /** What a token is good for; a token for one is nothing to the other. */
    enum Purpose {
        /** Proves that a mail to the address was read. */
        VERIFY_EMAIL,
        /** Makes the first administrator of a tenant. */
        SETUP
    }

    /**
     * What is kept of a token.
     *
     * @param hash 64 hexadecimal digits
     * @param purpose what it is good for
     * @param tenant where
     * @param user for whom; a fixed name where there is no account yet
     * @param credentialVersion of the account when it was made
     * @param holder who asked for it, where that matters, else empty
     * @param expiresAt from then on it is dead
     */
    record Entry(
            String hash,
            Purpose purpose,
            TenantId tenant,
            UserId user,
            long credentialVersion,
            String holder,
            Instant expiresAt) {
        /**
         * Checks that all is there.
         *
         * @param hash 64 hexadecimal digits
         * @param purpose what it is good for
         * @param tenant where
         * @param user for whom; a fixed name where there is no account yet
         * @param credentialVersion of the account when it was made
         * @param holder who asked for it, where that matters, else empty
         * @param expiresAt from then on it is dead
         */
        public Entry {
            Objects.requireNonNull(hash, "hash");
            Objects.requireNonNull(purpose, "purpose");
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(user, "user");
            Objects.requireNonNull(holder, "holder");
            Objects.requireNonNull(expiresAt, "expiresAt");
        }
    }
}
