package dev.hardening.auth.account;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.password.Argon2idHasher;
import dev.hardening.auth.password.HashingGate;
import dev.hardening.auth.password.PasswordHasher;
import dev.hardening.auth.password.PasswordPolicy;
import dev.hardening.auth.session.Sessions;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.FailureMode;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitConfigurationException;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimiter;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the accounts of all tenants: the way into the flows of this package.
 *
 * <p>{@link #registration} and {@link #login} are for everybody; {@link #setup} and {@link #find} do not ask who calls,
 * the host does. Safe for many threads.
 */
public final class Accounts implements AutoCloseable {
    private final Desk desk;
    private final Setup setup;
    private final Registration registration;
    private final Login login;

    private Accounts(Builder builder, RateLimiter mailLimit, LoginThrottle throttle) {
        desk = new Desk(builder, mailLimit);
        setup = new Setup(desk, builder.firstTenant);
        registration = new Registration(desk, builder.open);
        login = new Login(desk, throttle, Objects.requireNonNull(builder.sessions));
    }

    /**
     * Starts from the safe defaults.
     *
     * @return a builder, not safe for many threads
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gives what makes accounts for strangers.
     *
     * @return the same object each time
     */
    public Registration registration() {
        return registration;
    }

    /**
     * Gives what checks passwords.
     *
     * @return the same object each time
     */
    public Login login() {
        return login;
    }

    /**
     * Finds an account by its id.
     *
     * @param tenant the school
     * @param user the id; one of another tenant is unknown
     * @return the account in whatever state, or empty
     * @throws AuthUnavailableException if a store does not answer, or the address of the account cannot be read; where
     *     state and roles are enough, {@link #standing} does not need it
     */
    public Optional<Account> find(TenantId tenant, UserId user) {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(user, "user");
        return desk.accounts.find(tenant, user).map(AccountStore.Stored::account);
    }

    /**
     * Finds what is known of an account without its address: enough to ask what somebody may do, and the same whether or
     * not the address can be read.
     *
     * @param tenant the school
     * @param user the id; one of another tenant is unknown
     * @return state and roles, or empty
     * @throws AuthUnavailableException if a store does not answer
     */
    public Optional<Account.Standing> standing(TenantId tenant, UserId user) {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(user, "user");
        return desk.accounts.find(tenant, user).map(AccountStore.Stored::standing);
    }

    /**
     * Gives what makes accounts on behalf of the host.
     *
     * @return the same object each time
     */
    public Setup setup() {
        return setup;
    }

    /**
     * Removes registrations that were never confirmed and tokens that are over.
     *
     * @param batch the most rows to remove of each, positive
     * @return how many were removed; call again while it is not 0
     */
    public int purgeExpired(int batch) {
        return desk.accounts.purgeExpired(desk.now(), batch) + desk.tokens.purgeExpired(desk.now(), batch);
    }

    /** Takes no more notices and waits up to 5 s for those that were taken. */
    @Override
    public void close() {
        desk.close();
    }

    /** Collects what accounts need; not safe for many threads. */
    public static final class Builder {
        private static final int MAILS_AN_HOUR = 5;
        /** To be raised with every change of the figure above, so that processes of two releases agree on the newer. */
        private static final long MAIL_LIMIT_VERSION = 1;

        @Nullable
        AccountStore accountStore;

        @Nullable
        OneTimeTokenStore tokenStore;

        @Nullable
        AuthNotifier notifier;

        PasswordHasher hasher = Argon2idHasher.owasp();
        HashingGate gate = HashingGate.cores();
        PasswordPolicy policy = PasswordPolicy.nist80063b4();
        AuthEventListener events = AuthEventListener.none();
        private RateLimitListener limits = RateLimitListener.none();
        Clock clock = Clock.systemUTC();
        SecureRandom random = new SecureRandom();
        private Login.@Nullable SessionOpener sessions;
        private Predicate<TenantId> open = tenant -> false;
        private TenantId firstTenant = new TenantId("main");
        private BucketStore buckets = BucketStores.local();

        private Builder() {}

        /**
         * Sets where accounts lie; required.
         *
         * @param store shared by all processes of an installation
         * @return this
         */
        public Builder accountStore(AccountStore store) {
            accountStore = Objects.requireNonNull(store, "store");
            return this;
        }

        /**
         * Sets where the hashes of one-time tokens lie; required.
         *
         * @param store shared by all processes of an installation
         * @return this
         */
        public Builder oneTimeTokenStore(OneTimeTokenStore store) {
            tokenStore = Objects.requireNonNull(store, "store");
            return this;
        }

        /**
         * Sets what a login starts; required.
         *
         * @param service the sessions
         * @return this
         */
        public Builder sessions(Sessions service) {
            return sessions(Objects.requireNonNull(service, "service")::startIf);
        }

        Builder sessions(Login.SessionOpener opener) {
            sessions = opener;
            return this;
        }

        /**
         * Sets who tells the owner of an address; required, since without it no address can be proved.
         *
         * @param sender called on a thread of the module's own
         * @return this
         */
        public Builder notifier(AuthNotifier sender) {
            notifier = Objects.requireNonNull(sender, "sender");
            return this;
        }

        /**
         * Sets which tenants take registrations; not calling it means none does.
         *
         * @param rule asked once per registration, must be quick; false for an unknown tenant
         * @return this
         */
        public Builder openTenants(Predicate<TenantId> rule) {
            open = Objects.requireNonNull(rule, "rule");
            return this;
        }

        /**
         * Sets the tenant whose administrator comes first; not calling it means {@code main}.
         *
         * @param tenant the school that runs the service
         * @return this
         */
        public Builder firstTenant(TenantId tenant) {
            firstTenant = Objects.requireNonNull(tenant, "tenant");
            return this;
        }

        /**
         * Sets how passwords are hashed; not calling it means {@link Argon2idHasher#owasp()}.
         *
         * @param choice the hasher
         * @return this
         */
        public Builder passwordHasher(PasswordHasher choice) {
            hasher = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /**
         * Sets how many hash at once; not calling it means {@link HashingGate#cores()}.
         *
         * @param choice the gate
         * @return this
         */
        public Builder hashingGate(HashingGate choice) {
            gate = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /**
         * Sets which passwords may be chosen; not calling it means {@link PasswordPolicy#nist80063b4()}.
         *
         * @param choice the policy
         * @return this
         */
        public Builder passwordPolicy(PasswordPolicy choice) {
            policy = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /**
         * Sets where failed logins and mails to an address are counted; not calling it means in this process, so that a
         * restart forgives them.
         *
         * @param store shared by all processes of an installation; it stays the caller's to close
         * @return this
         */
        public Builder bucketStore(BucketStore store) {
            buckets = Objects.requireNonNull(store, "store");
            return this;
        }

        /**
         * Sets who hears of what happened; nobody unless called.
         *
         * @param listener what it throws is logged and dropped
         * @return this
         */
        public Builder listener(AuthEventListener listener) {
            events = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Sets who hears what the limits of logins and of mails decide; nobody unless called.
         *
         * @param listener what it throws is logged and dropped
         * @return this
         */
        public Builder rateLimitListener(RateLimitListener listener) {
            limits = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Sets the wall clock; the system's unless called.
         *
         * @param source any clock
         * @return this
         */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Sets where ids and tokens come from; a new generator unless called.
         *
         * @param source a generator fit for secrets
         * @return this
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Checks everything and makes the accounts.
         *
         * @return to be closed by the caller
         * @throws AuthConfigurationException with all faults at once
         */
        public Accounts build() {
            List<String> faults = new ArrayList<>();
            check(faults, accountStore, "accountStore");
            check(faults, tokenStore, "oneTimeTokenStore");
            check(faults, sessions, "sessions");
            check(faults, notifier, "notifier");
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            try {
                return new Accounts(
                        this,
                        mailLimit(),
                        LoginThrottle.builder().store(buckets).listener(limits).build());
            } catch (RateLimitConfigurationException refused) {
                throw new AuthConfigurationException(refused.faults());
            }
        }

        private RateLimiter mailLimit() {
            return RateLimiter.builder()
                    .policy(Policy.named("auth-mail")
                            .key(Keys.attribute(Desk.ACCOUNT))
                            .limit(Limit.of("hour", MAILS_AN_HOUR, Duration.ofHours(1)))
                            .onStoreFailure(FailureMode.LOCAL)
                            .build())
                    .store(buckets)
                    .version(MAIL_LIMIT_VERSION)
                    .listener(limits)
                    .build();
        }

        private static void check(List<String> faults, @Nullable Object value, String name) {
            if (value == null) {
                faults.add(name + " must be set");
            }
        }
    }
}
