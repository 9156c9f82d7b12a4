package dev.hardening.auth;

import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Accounts;
import dev.hardening.auth.account.AuthNotifier;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.account.Registration;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.PasswordHasher;
import dev.hardening.auth.password.PasswordPolicy;
import dev.hardening.auth.session.RevocationFeed;
import dev.hardening.auth.session.SessionStore;
import dev.hardening.auth.session.Sessions;
import dev.hardening.auth.token.AccessTokenVerifier;
import dev.hardening.auth.token.JwksDocument;
import dev.hardening.auth.token.TokenIssuer;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.secrets.ring.KeyRing;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Registration, login, sessions and access tokens, wired together safely.
 *
 * <p>What {@link Builder#build} lets through is fit for production: a missing or weak setting does not build. Safe for
 * many threads and, on shared stores and rings, for many processes. {@link #close} ends the threads of the module's own,
 * after the notices that were accepted.
 */
public final class Auth implements AutoCloseable {
    private final Accounts accounts;
    private final Sessions sessions;
    private final AccessTokenVerifier verifier;
    private final RevocationFeed revocations;
    private final KeyRing signingKeys;

    private Auth(
            Accounts accounts,
            Sessions sessions,
            AccessTokenVerifier verifier,
            RevocationFeed revocations,
            KeyRing signingKeys) {
        this.accounts = accounts;
        this.sessions = sessions;
        this.verifier = verifier;
        this.revocations = revocations;
        this.signingKeys = signingKeys;
    }

    /** {@return a builder with the safe defaults, not safe for many threads} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return what makes accounts for strangers and proves their addresses; the same object each time} */
    public Registration registration() {
        return accounts.registration();
    }

    /** {@return what checks passwords and starts sessions; the same object each time} */
    public Login login() {
        return accounts.login();
    }

    /** {@return what refreshes and ends sessions; the same object each time} */
    public Sessions sessions() {
        return sessions;
    }

    /** {@return what decides whether a bearer token may be trusted; the same object each time} */
    public AccessTokenVerifier verifier() {
        return verifier;
    }

    /** {@return the accounts, the first administrators among them; the same object each time} */
    public Accounts accounts() {
        return accounts;
    }

    /** {@return a new snapshot of the public keys, for other services} */
    public JwksDocument jwks() {
        return JwksDocument.of(signingKeys);
    }

    /**
     * Removes what is over: sessions, tokens and registrations that were never confirmed. Call it every few minutes, or
     * nothing ever leaves the stores.
     *
     * @param batch the most rows to remove of each kind, positive
     * @return how many were removed; call again while it is not 0
     */
    public int purgeExpired(int batch) {
        return sessions.purgeExpired(batch) + accounts.purgeExpired(batch);
    }

    /** Ends the module's own threads; waits up to 5 s for notices that were accepted. */
    @Override
    public void close() {
        accounts.close();
        revocations.close();
    }

    /** Collects what the module needs; not safe for many threads. */
    public static final class Builder {
        private static final List<String> REQUIRED = List.of(
                "issuer",
                "audience",
                "signingKeys",
                "refreshKeys",
                "accountStore",
                "oneTimeTokenStore",
                "sessionStore",
                "notifier");

        private static final Duration LONGEST_LIFETIME = Duration.ofMinutes(15);

        private final Set<String> given = new LinkedHashSet<>();
        private final TokenIssuer.Builder issuing = TokenIssuer.builder();
        private final AccessTokenVerifier.Builder verifying = AccessTokenVerifier.builder();
        private final RevocationFeed.Builder revoking = RevocationFeed.builder();
        private final Sessions.Builder sessions = Sessions.builder();
        private final Accounts.Builder accounts = Accounts.builder();
        private Duration lifetime = Duration.ZERO;
        private @Nullable KeyRing signingKeys;

        private Builder() {}

        /**
         * Sets the name this service goes by in its tokens; required.
         *
         * @param uri fixed for good, for example {@code urn:hardening:lms}
         * @return this
         */
        public Builder issuer(URI uri) {
            issuing.issuer(uri);
            verifying.issuer(uri);
            return given("issuer");
        }

        /**
         * Sets for whom access tokens are; required.
         *
         * @param name not blank
         * @return this
         */
        public Builder audience(String name) {
            issuing.audience(name);
            verifying.audience(name);
            return given("audience");
        }

        /**
         * Sets the keys that sign access tokens; required.
         *
         * @param ring of kind {@code EC_P256}
         * @return this
         */
        public Builder signingKeys(KeyRing ring) {
            signingKeys = Objects.requireNonNull(ring, "ring");
            issuing.keys(ring);
            verifying.keys(ring);
            return given("signingKeys");
        }

        /**
         * Sets the keys that refresh tokens are made with; required.
         *
         * @param ring of kind {@code HMAC_256}
         * @return this
         */
        public Builder refreshKeys(KeyRing ring) {
            sessions.keys(ring);
            return given("refreshKeys");
        }

        /**
         * Sets where accounts lie; required.
         *
         * @param store for example {@code JdbcAccountStore}
         * @return this
         */
        public Builder accountStore(AccountStore store) {
            accounts.accountStore(store);
            return given("accountStore");
        }

        /**
         * Sets where the hashes of one-time tokens lie; required.
         *
         * @param store for example {@code JdbcOneTimeTokenStore}
         * @return this
         */
        public Builder oneTimeTokenStore(OneTimeTokenStore store) {
            accounts.oneTimeTokenStore(store);
            return given("oneTimeTokenStore");
        }

        /**
         * Sets where sessions lie; required.
         *
         * @param store for example {@code JdbcSessionStore}
         * @return this
         */
        public Builder sessionStore(SessionStore store) {
            sessions.store(store);
            revoking.store(store);
            return given("sessionStore");
        }

        /**
         * Sets who tells the owner of an address; required.
         *
         * @param sender called on a thread of the module's own
         * @return this
         */
        public Builder notifier(AuthNotifier sender) {
            accounts.notifier(sender);
            return given("notifier");
        }

        /**
         * Sets where failed logins and mails to an address are counted; not calling it means in this process, so that
         * another process counts apart and a restart forgives.
         *
         * @param store for example {@code PostgresBucketStore}; it stays the caller's to close
         * @return this
         */
        public Builder bucketStore(BucketStore store) {
            accounts.bucketStore(store);
            return this;
        }

        /**
         * Sets which tenants take registrations; not calling it means none does.
         *
         * @param rule asked once per registration, must be quick; false for an unknown tenant
         * @return this
         */
        public Builder openTenants(Predicate<TenantId> rule) {
            accounts.openTenants(rule);
            return this;
        }

        /**
         * Sets how passwords are hashed; not calling it means Argon2id with OWASP's parameters.
         *
         * @param hasher stronger, or read by another implementation
         * @return this
         */
        public Builder passwordHasher(PasswordHasher hasher) {
            accounts.passwordHasher(hasher);
            return this;
        }

        /**
         * Sets how many passwords are hashed at once; not calling it means one a core.
         *
         * @param gate shared with whatever else hashes in this process
         * @return this
         */
        public Builder hashingGate(HashingGate gate) {
            accounts.hashingGate(gate);
            return this;
        }

        /**
         * Sets which passwords may be chosen; not calling it means {@link PasswordPolicy#nist80063b4()}.
         *
         * @param policy with the host's own words
         * @return this
         */
        public Builder passwordPolicy(PasswordPolicy policy) {
            accounts.passwordPolicy(policy);
            return this;
        }

        /**
         * Sets how long an access token lives; not calling it means 10 minutes.
         *
         * @param time 1 s to 15 minutes
         * @return this
         */
        public Builder accessTokenLifetime(Duration time) {
            lifetime = time;
            issuing.lifetime(time);
            return this;
        }

        /**
         * Sets how late a logout in another process may count here; not calling it means 2 s.
         *
         * @param bound 0 (ask the store on every call) or 100 ms to 60 s
         * @return this
         */
        public Builder revocationStaleness(Duration bound) {
            revoking.staleness(bound);
            return this;
        }

        /**
         * Sets who hears of what happened; nobody unless called.
         *
         * @param listener what it throws is logged and dropped
         * @return this
         */
        public Builder listener(AuthEventListener listener) {
            accounts.listener(listener);
            sessions.listener(listener);
            return this;
        }

        /**
         * Sets the wall clock; the system's unless called.
         *
         * @param source any clock
         * @return this
         */
        public Builder clock(Clock source) {
            issuing.clock(source);
            verifying.clock(source);
            revoking.clock(source);
            sessions.clock(source);
            accounts.clock(source);
            return this;
        }

        /**
         * Sets where ids, nonces and tokens come from; a new generator unless called.
         *
         * @param source a generator fit for secrets
         * @return this
         */
        public Builder random(SecureRandom source) {
            issuing.random(source);
            sessions.random(source);
            accounts.random(source);
            return this;
        }

        /**
         * Checks everything and starts the module.
         *
         * @return to be closed by the caller
         * @throws AuthConfigurationException with all faults at once
         */
        public Auth build() {
            Set<String> faults = new LinkedHashSet<>();
            REQUIRED.stream().filter(name -> !given.contains(name)).forEach(name -> faults.add(name + " must be set"));
            if (lifetime.compareTo(LONGEST_LIFETIME) > 0) {
                faults.add("accessTokenLifetime must be at most " + LONGEST_LIFETIME + ", got " + lifetime);
            }
            TokenIssuer issuer = part(faults, issuing::build);
            RevocationFeed revocations = part(faults, revoking::build);
            if (issuer != null && revocations != null) {
                sessions.issuer(issuer).revocations(revocations);
                verifying.revocations(revocations);
            }
            AccessTokenVerifier verifier = part(faults, verifying::build);
            Sessions started = part(faults, sessions::build);
            if (started != null) {
                accounts.sessions(started);
            }
            Accounts kept = part(faults, accounts::build);
            if (kept != null && started != null && verifier != null && revocations != null && faults.isEmpty()) {
                return new Auth(kept, started, verifier, revocations, Objects.requireNonNull(signingKeys));
            }
            if (revocations != null) {
                revocations.close();
            }
            throw new AuthConfigurationException(List.copyOf(faults));
        }

        /** Builds one part and collects its faults; what is missing was named before, as it is called here. */
        private static <T> @Nullable T part(Set<String> faults, Supplier<T> build) {
            try {
                return build.get();
            } catch (AuthConfigurationException refused) {
                refused.faults().stream()
                        .filter(fault -> !fault.contains("must be set"))
                        .forEach(faults::add);
                return null;
            }
        }

        private Builder given(String name) {
            given.add(name);
            return this;
        }
    }
}
