package dev.hardening.auth;

import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Accounts;
import dev.hardening.auth.account.AuthNotifier;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.OneTimeTokenStore;
import dev.hardening.auth.account.Registration;
import dev.hardening.auth.internal.AuthParts;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.PasswordHasher;
import dev.hardening.auth.password.PasswordPolicy;
import dev.hardening.auth.session.SessionStore;
import dev.hardening.auth.session.Sessions;
import dev.hardening.auth.token.AccessTokenVerifier;
import dev.hardening.auth.token.JwksDocument;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.secrets.ring.KeyRing;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Registration, login, sessions and access tokens, wired together safely.
 *
 * <p>What {@link Builder#build} lets through is fit for production: a missing or weak setting does not build. Safe for
 * many threads and, on shared stores and rings, for many processes. {@link #close} ends the threads of the module's own,
 * after the notices that were accepted.
 */
public final class Auth implements AutoCloseable {
    private final AuthParts.Built parts;

    private Auth(AuthParts.Built parts) {
        this.parts = parts;
    }

    /** {@return a builder with the safe defaults, not safe for many threads} */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return what makes accounts for strangers and proves their addresses; the same object each time} */
    public Registration registration() {
        return parts.accounts().registration();
    }

    /** {@return what checks passwords and starts sessions; the same object each time} */
    public Login login() {
        return parts.accounts().login();
    }

    /** {@return what refreshes and ends sessions; the same object each time} */
    public Sessions sessions() {
        return parts.sessions();
    }

    /** {@return what decides whether a bearer token may be trusted; the same object each time} */
    public AccessTokenVerifier verifier() {
        return parts.verifier();
    }

    /** {@return the accounts, the first administrators among them; the same object each time} */
    public Accounts accounts() {
        return parts.accounts();
    }

    /** {@return a new snapshot of the public keys, for other services} */
    public JwksDocument jwks() {
        return JwksDocument.of(parts.signingKeys());
    }

    /**
     * Removes what is over: sessions, tokens and registrations that were never confirmed. Call it every few minutes, or
     * nothing ever leaves the stores.
     *
     * @param batch the most rows to remove of each kind, positive
     * @return how many were removed; call again while it is not 0
     */
    public int purgeExpired(int batch) {
        return parts.sessions().purgeExpired(batch) + parts.accounts().purgeExpired(batch);
    }

    /** Ends the module's own threads; waits up to 5 s for notices that were accepted. */
    @Override
    public void close() {
        parts.accounts().close();
        parts.revocations().close();
    }

    /** Collects what the module needs; not safe for many threads. */
    public static final class Builder {
        private final AuthParts parts = new AuthParts();

        private Builder() {}

        /**
         * Sets the name this service goes by in its tokens; required.
         *
         * @param uri absolute and fixed for good, for example {@code urn:hardening:lms}
         * @return this
         */
        public Builder issuer(URI uri) {
            parts.issuing().issuer(uri);
            parts.verifying().issuer(uri);
            return given("issuer");
        }

        /**
         * Sets for whom access tokens are; required.
         *
         * @param name not blank, printable, at most 512 characters
         * @return this
         */
        public Builder audience(String name) {
            parts.issuing().audience(name);
            parts.verifying().audience(name);
            return given("audience");
        }

        /**
         * Sets the keys that sign access tokens; required.
         *
         * @param ring of kind {@code EC_P256}
         * @return this
         */
        public Builder signingKeys(KeyRing ring) {
            parts.signingKeys(ring);
            return given("signingKeys");
        }

        /**
         * Sets the keys that refresh tokens are made with; required.
         *
         * @param ring of kind {@code HMAC_256}
         * @return this
         */
        public Builder refreshKeys(KeyRing ring) {
            parts.sessions().keys(ring);
            return given("refreshKeys");
        }

        /**
         * Sets where accounts lie; required.
         *
         * @param store for example {@code JdbcAccountStore}
         * @return this
         */
        public Builder accountStore(AccountStore store) {
            parts.accounts().accountStore(store);
            return given("accountStore");
        }

        /**
         * Sets where the hashes of one-time tokens lie; required.
         *
         * @param store for example {@code JdbcOneTimeTokenStore}
         * @return this
         */
        public Builder oneTimeTokenStore(OneTimeTokenStore store) {
            parts.accounts().oneTimeTokenStore(store);
            return given("oneTimeTokenStore");
        }

        /**
         * Sets where sessions lie; required.
         *
         * @param store for example {@code JdbcSessionStore}
         * @return this
         */
        public Builder sessionStore(SessionStore store) {
            parts.sessions().store(store);
            parts.revoking().store(store);
            return given("sessionStore");
        }

        /**
         * Sets who tells the owner of an address; required.
         *
         * @param sender called on a thread of the module's own
         * @return this
         */
        public Builder notifier(AuthNotifier sender) {
            parts.accounts().notifier(sender);
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
            parts.accounts().bucketStore(store);
            return this;
        }

        /**
         * Sets which tenants take registrations; not calling it means none does.
         *
         * @param rule asked once per registration, must be quick; false for an unknown tenant
         * @return this
         */
        public Builder openTenants(Predicate<TenantId> rule) {
            parts.accounts().openTenants(rule);
            return this;
        }

        /**
         * Sets how passwords are hashed; not calling it means Argon2id with OWASP's parameters.
         *
         * @param hasher stronger, or read by another implementation
         * @return this
         */
        public Builder passwordHasher(PasswordHasher hasher) {
            parts.accounts().passwordHasher(hasher);
            return this;
        }

        /**
         * Sets how many passwords are hashed at once; not calling it means one a core.
         *
         * @param gate shared with whatever else hashes in this process
         * @return this
         */
        public Builder hashingGate(HashingGate gate) {
            parts.accounts().hashingGate(gate);
            return this;
        }

        /**
         * Sets which passwords may be chosen; not calling it means {@link PasswordPolicy#nist80063b4()}.
         *
         * @param policy with the host's own words
         * @return this
         */
        public Builder passwordPolicy(PasswordPolicy policy) {
            parts.accounts().passwordPolicy(policy);
            return this;
        }

        /**
         * Sets how long an access token lives; not calling it means 10 minutes.
         *
         * @param time 1 s to 15 minutes
         * @return this
         */
        public Builder accessTokenLifetime(Duration time) {
            parts.lifetime(time);
            return this;
        }

        /**
         * Sets for how long an exchanged refresh token gives its successor again; not calling it means 20 s.
         *
         * @param time 0 (never) to 60 s
         * @return this
         */
        public Builder grace(Duration time) {
            parts.sessions().grace(time);
            return this;
        }

        /**
         * Sets after how long without a refresh a session ends; not calling it means 7 days.
         *
         * @param time positive, not over the absolute limit
         * @return this
         */
        public Builder idleLimit(Duration time) {
            parts.sessions().idleLimit(time);
            return this;
        }

        /**
         * Sets after how long a session ends whatever happens; not calling it means 30 days.
         *
         * @param time at most 365 days
         * @return this
         */
        public Builder absoluteLimit(Duration time) {
            parts.sessions().absoluteLimit(time);
            return this;
        }

        /**
         * Sets by how much clocks may differ where tokens are verified; not calling it means 30 s.
         *
         * @param allowed 0 to 60 s
         * @return this
         */
        public Builder skew(Duration allowed) {
            parts.verifying().skew(allowed);
            return this;
        }

        /**
         * Sets the tenant whose administrator comes first; not calling it means {@code main}.
         *
         * @param tenant the school that runs the service
         * @return this
         */
        public Builder firstTenant(TenantId tenant) {
            parts.accounts().firstTenant(tenant);
            return this;
        }

        /**
         * Sets how late a logout in another process may count here; not calling it means 2 s.
         *
         * @param bound 0 (ask the store on every call) or 100 ms to 60 s
         * @return this
         */
        public Builder revocationStaleness(Duration bound) {
            parts.revoking().staleness(bound);
            return this;
        }

        /**
         * Sets who hears of what happened; nobody unless called.
         *
         * @param listener what it throws is logged and dropped
         * @return this
         */
        public Builder listener(AuthEventListener listener) {
            parts.accounts().listener(listener);
            parts.sessions().listener(listener);
            return this;
        }

        /**
         * Sets who hears what the limits of logins and of mails decide; nobody unless called.
         *
         * @param listener what it throws is logged and dropped
         * @return this
         */
        public Builder rateLimitListener(RateLimitListener listener) {
            parts.accounts().rateLimitListener(listener);
            return this;
        }

        /**
         * Sets the wall clock; the system's unless called.
         *
         * @param source any clock
         * @return this
         */
        public Builder clock(Clock source) {
            parts.issuing().clock(source);
            parts.verifying().clock(source);
            parts.revoking().clock(source);
            parts.sessions().clock(source);
            parts.accounts().clock(source);
            return this;
        }

        /**
         * Sets where ids, nonces and tokens come from; a new generator unless called.
         *
         * @param source a generator fit for secrets
         * @return this
         */
        public Builder random(SecureRandom source) {
            parts.issuing().random(source);
            parts.sessions().random(source);
            parts.accounts().random(source);
            return this;
        }

        /**
         * Checks everything and starts the module.
         *
         * @return to be closed by the caller
         * @throws AuthConfigurationException with all faults at once
         */
        public Auth build() {
            return new Auth(parts.build());
        }

        private Builder given(String name) {
            parts.given(name);
            return this;
        }
    }
}
