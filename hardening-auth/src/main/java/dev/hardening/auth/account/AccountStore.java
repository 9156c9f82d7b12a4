package dev.hardening.auth.account;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.password.Password;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where accounts lie; every verb is one atomic step, so that two callers cannot both win.
 *
 * <p>The canonical address is unique in its tenant by the store itself, not by looking first. Every verb makes one trip
 * whatever it finds. All may block on I/O and throw {@link dev.hardening.auth.AuthUnavailableException} where the store
 * does not answer. Implementations are safe for many threads.
 */
public interface AccountStore {
    /**
     * Inserts an unverified account, or replaces id, name, password and roles of an unverified one with the same address.
     * Nothing may refer to the id of an unverified account but links that are dead once it was registered again.
     *
     * @param draft the registration
     * @return the account under the draft's id, with a higher {@code credentialVersion} where it was replaced; empty
     *     where an account with a proved address is there, which is left as it is
     */
    Optional<Account> register(Draft draft);

    /**
     * Inserts an active account, or makes an unverified one with the same address active under the draft's data.
     *
     * @param draft who it is; the address counts as proved
     * @return the account under the draft's id; empty where an account with a proved address is there
     */
    Optional<Account> create(Draft draft);

    /**
     * Reads all that a login needs, in one query. An account whose address cannot be read is found like any other, and
     * only {@link Stored#account} is refused: who does not know the password must not be able to tell it apart.
     *
     * @param tenant the school
     * @param email compared by its canonical form
     * @return the account in whatever state, or empty
     */
    Optional<Stored> findForLogin(TenantId tenant, EmailAddress email);

    /**
     * Reads one account.
     *
     * @param tenant the school
     * @param user its id
     * @return the account in whatever state, or empty; an id of another tenant is unknown here
     */
    Optional<Stored> find(TenantId tenant, UserId user);

    /**
     * Makes an unverified account active, if its password is still the one that was registered with the link.
     *
     * @param tenant the school
     * @param user its id
     * @param credentialVersion of the registration that is being confirmed
     * @return whether this call did it
     */
    boolean activate(TenantId tenant, UserId user, long credentialVersion);

    /**
     * Shuts an active account; its sessions are the caller's to end.
     *
     * @param tenant the school
     * @param user its id
     * @return whether it was active and this call shut it
     */
    boolean disable(TenantId tenant, UserId user);

    /**
     * Opens a disabled account.
     *
     * @param tenant the school
     * @param user its id
     * @return whether it was disabled and this call opened it
     */
    boolean enable(TenantId tenant, UserId user);

    /**
     * Replaces a hash by another of the same password.
     *
     * @param tenant the school
     * @param user its id
     * @param expected what was read
     * @param next made of the same password with the parameters of today
     * @return whether the hash was still the expected one and this call replaced it
     */
    boolean replaceHash(TenantId tenant, UserId user, Password.Hash expected, Password.Hash next);

    /**
     * Says whether anyone holds a role.
     *
     * @param tenant the school
     * @param role which
     * @return whether an account that is not unverified has it
     */
    boolean existsWithRole(TenantId tenant, Account.Role role);

    /**
     * Removes registrations that were never confirmed.
     *
     * @param now those that had to be confirmed by now go
     * @param batch the most to remove in this call, positive
     * @return how many were removed
     */
    int purgeExpired(Instant now, int batch);

    /**
     * Keeps accounts in the heap, for tests and trials; they are gone with the process.
     *
     * @return an empty store for at most 100,000 accounts
     */
    static AccountStore inMemory() {
        return new InMemoryAccountStore();
    }

    /**
     * An account as it is to be written.
     *
     * @param tenant the school
     * @param id of the account from now on
     * @param email the address
     * @param name see {@link Account#acceptsName}
     * @param hash of the password
     * @param roles what the person may do
     * @param createdAt now
     * @param pendingUntil when an unverified account may be removed
     */
    record Draft(
            TenantId tenant,
            UserId id,
            EmailAddress email,
            String name,
            Password.Hash hash,
            Set<Account.Role> roles,
            Instant createdAt,
            Instant pendingUntil) {
        /**
         * Checks the name and copies the roles.
         *
         * @param tenant the school
         * @param id of the account from now on
         * @param email the address
         * @param name see {@link Account#acceptsName}
         * @param hash of the password
         * @param roles what the person may do
         * @param createdAt now
         * @param pendingUntil when an unverified account may be removed
         * @throws IllegalArgumentException if {@link Account#acceptsName} refuses the name
         */
        public Draft {
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(email, "email");
            Account.requireName(name);
            Objects.requireNonNull(hash, "hash");
            roles = Set.copyOf(roles);
            Objects.requireNonNull(createdAt, "createdAt");
            Objects.requireNonNull(pendingUntil, "pendingUntil");
        }
    }

    /**
     * An account as it was found: state and hash are at hand, the address may yet have to be opened, and may not open.
     *
     * <p>Whoever does something for the owner of the address asks for {@link #account} first: that is where a store finds
     * out that the account is not that of the address it was asked for. Immutable; safe for many threads.
     */
    final class Stored {
        private final Account.Standing standing;
        private final Password.Hash hash;
        private final Supplier<Account> opening;

        private Stored(Account.Standing standing, Password.Hash hash, Supplier<Account> opening) {
            this.standing = Objects.requireNonNull(standing, "standing");
            this.hash = Objects.requireNonNull(hash, "hash");
            this.opening = Objects.requireNonNull(opening, "opening");
        }

        /**
         * Gives an account that is known as a whole.
         *
         * @param account who
         * @param hash of the password
         * @return both
         */
        public static Stored of(Account account, Password.Hash hash) {
            return new Stored(account.standing(), hash, () -> account);
        }

        /**
         * Gives an account whose address has yet to be opened.
         *
         * @param standing what is known without it
         * @param hash of the password
         * @param opening gives the same account with its address, or throws
         *     {@link dev.hardening.auth.AuthUnavailableException}; asked each time
         * @return all of it
         */
        public static Stored closed(Account.Standing standing, Password.Hash hash, Supplier<Account> opening) {
            return new Stored(standing, hash, opening);
        }

        /**
         * What is known without the address.
         *
         * @return id, state and roles
         */
        public Account.Standing standing() {
            return standing;
        }

        /**
         * What the password is checked against.
         *
         * @return as it was stored; prints redacted
         */
        public Password.Hash hash() {
            return hash;
        }

        /**
         * The account with its address.
         *
         * @return who
         * @throws dev.hardening.auth.AuthUnavailableException if the address cannot be read, or is not the one that the
         *     account was found by
         */
        public Account account() {
            return opening.get();
        }
    }
}
