package dev.hardening.auth.session;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEventListener;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.session.SessionFamily.Ending;
import dev.hardening.auth.session.SessionFamily.Head;
import dev.hardening.auth.token.TokenIssuer;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts, refreshes and ends sessions.
 *
 * <p>A refresh token is good for one exchange. Handed in again within the grace (20 s), as after a lost answer or from
 * two tabs at once, it gives the same successor; later, or once its successor was exchanged, it proves that a copy is
 * in other hands, and the session ends. A token that was merely invented or damaged changes nothing (RFC 9700, section
 * 4.14.2). Sessions end after 7 days without a refresh and after 30 days whatever happens; a refresh does not renew the
 * proof of who the user is.
 *
 * <p>A refresh is two indexed statements of the store and one signature. Safe for many threads and, on a shared store and
 * ring, for many processes.
 */
public final class Sessions {
    private static final int ID_BYTES = 16;
    private static final int NONCE_BYTES = 32;

    private final SessionStore store;
    private final RefreshCodes codes;
    private final Rotation rotation;
    private final RevocationFeed revocations;
    private final AuthEventListener listener;
    private final Duration idleLimit;
    private final Duration absoluteLimit;
    private final Clock clock;
    private final SecureRandom random;

    private Sessions(Builder builder) {
        store = Objects.requireNonNull(builder.store);
        codes = new RefreshCodes(Objects.requireNonNull(builder.keys));
        revocations = Objects.requireNonNull(builder.revocations);
        listener = AuthEventListener.isolated(builder.listener);
        idleLimit = builder.idleLimit;
        absoluteLimit = builder.absoluteLimit;
        clock = builder.clock;
        random = builder.random;
        rotation = new Rotation(builder, codes, listener);
    }

    /**
     * Begins a session service.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts a session for a user who has just proven who they are and who cannot be shut out meanwhile; see {@link
     * #startIf} for all others.
     *
     * @param tenant the tenant
     * @param user the account
     * @param login what was proven, and from where
     * @return the first tokens, under a new session id
     * @throws AuthUnavailableException if the store or a key ring does not answer
     */
    public SessionTokens start(TenantId tenant, UserId user, LoginContext login) {
        return startIf(tenant, user, login, () -> true).orElseThrow();
    }

    /**
     * Starts a session for a user who has just proven who they are, if they may still have one.
     *
     * <p>The question is asked once the session's epoch is known. So who shuts an account and then calls {@link
     * #revokeAll} also ends the session of a login that was under way: it is refused here, or begins with an epoch that
     * is over.
     *
     * @param tenant the tenant
     * @param user the account
     * @param login what was proven, and from where
     * @param allowed reads anew whether the account is open
     * @return the first tokens, under a new session id; empty if it was not allowed
     * @throws AuthUnavailableException if the store or a key ring does not answer
     */
    public Optional<SessionTokens> startIf(TenantId tenant, UserId user, LoginContext login, BooleanSupplier allowed) {
        Rotation.Call call = new Rotation.Call(clock.instant(), login.clientAddress());
        long epoch = store.epoch(tenant, user);
        if (!allowed.getAsBoolean()) {
            return Optional.empty();
        }
        SessionFamily.Owner owner = new SessionFamily.Owner(tenant, user, new SessionId(id()));
        SessionFamily family = family(owner, login, call.now()).withEpoch(epoch);
        store.create(family);
        SessionTokens tokens = rotation.tokens(family);
        listener.onEvent(new AuthEvent.SessionStarted(call.context(family)));
        return Optional.of(tokens);
    }

    /**
     * Exchanges a refresh token whose sender's address is not known.
     *
     * @param refreshToken anything that came in, {@code null} included
     * @return see {@link #refresh(String, String)}
     */
    @SuppressWarnings("exports") // an annotation alone; callers need no jspecify: docs/adr/0075
    public RefreshResult refresh(@Nullable String refreshToken) {
        return refresh(refreshToken, "");
    }

    /**
     * Exchanges a refresh token.
     *
     * @param refreshToken anything that came in, {@code null} included
     * @param clientAddress for the events; empty if unknown
     * @return new tokens, the same ones again, or a refusal
     * @throws AuthUnavailableException if the store or a key ring does not answer; the client may try again
     */
    @SuppressWarnings("exports") // an annotation alone; callers need no jspecify: docs/adr/0075
    public RefreshResult refresh(@Nullable String refreshToken, String clientAddress) {
        Rotation.Call call = new Rotation.Call(clock.instant(), clientAddress);
        return rotation.refresh(refreshToken, call);
    }

    /**
     * Ends the session of a refresh token whose sender's address is not known.
     *
     * @param refreshToken anything that came in, {@code null} included
     */
    @SuppressWarnings("exports") // an annotation alone; callers need no jspecify: docs/adr/0075
    public void logout(@Nullable String refreshToken) {
        logout(refreshToken, "");
    }

    /**
     * Ends the session of a refresh token, of whatever generation; its access tokens die at once in this process.
     *
     * <p>A token that is no such thing is reported to the listener and otherwise passed over: the caller learns nothing.
     *
     * @param refreshToken anything that came in, {@code null} included
     * @param clientAddress for the events; empty if unknown
     * @throws AuthUnavailableException if the store or a key ring does not answer
     */
    @SuppressWarnings("exports") // an annotation alone; callers need no jspecify: docs/adr/0075
    public void logout(@Nullable String refreshToken, String clientAddress) {
        Rotation.Call call = new Rotation.Call(clock.instant(), clientAddress);
        rotation.logout(refreshToken, call);
    }

    /**
     * Ends all sessions of a user and all access tokens with them.
     *
     * @param tenant the tenant
     * @param user the account
     * @param reason one word for the log, for example {@code password-changed}
     * @throws AuthUnavailableException if the store does not answer
     */
    public void revokeAll(TenantId tenant, UserId user, String reason) {
        Rotation.Call call = new Rotation.Call(clock.instant(), "");
        long epoch = store.endAll(tenant, user, new Ending(call.now(), reason));
        revocations.began(new SessionStore.UserEpoch(tenant, user, epoch));
        AuthEvent.Context context = call.context().tenant(tenant).user(user);
        listener.onEvent(new AuthEvent.SessionRevoked(context, reason));
    }

    /**
     * Removes what ended long ago; call it now and then.
     *
     * @param batch how many rows at most, positive
     * @return how many were removed
     */
    public int purgeExpired(int batch) {
        return store.purgeExpired(batch);
    }

    private SessionFamily family(SessionFamily.Owner owner, LoginContext login, Instant now) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        Instant absolute = now.plus(absoluteLimit);
        Head head = new Head(codes.activeKey(), 0, now, Rotation.earlier(now.plus(idleLimit), absolute));
        SessionFamily.Life life = new SessionFamily.Life(now, absolute);
        return new SessionFamily(id(), owner, Secret.of(nonce), head, life, login, 0, Optional.empty());
    }

    private String id() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Collects what sessions need; not safe for many threads. */
    public static final class Builder {
        private static final Duration LONGEST_GRACE = Duration.ofSeconds(60);
        private static final Duration LONGEST_LIFE = Duration.ofDays(365);

        @Nullable
        SessionStore store;

        private @Nullable KeyRing keys;

        @Nullable
        TokenIssuer issuer;

        @Nullable
        RevocationFeed revocations;

        private AuthEventListener listener = AuthEventListener.none();
        Duration grace = Duration.ofSeconds(20);
        Duration idleLimit = Duration.ofDays(7);
        private Duration absoluteLimit = Duration.ofDays(30);
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Sets where sessions are kept; required.
         *
         * @param port shared by all processes of an installation
         * @return this
         */
        public Builder store(SessionStore port) {
            store = Objects.requireNonNull(port, "port");
            return this;
        }

        /**
         * Sets the ring whose keys make refresh tokens; required. A key must stay RETIRING for the absolute limit after
         * its successor was promoted, or the sessions under it end.
         *
         * @param ring a ring of kind {@code HMAC_256}
         * @return this
         */
        public Builder keys(KeyRing ring) {
            keys = Objects.requireNonNull(ring, "ring");
            return this;
        }

        /**
         * Sets who makes access tokens; required.
         *
         * @param tokenIssuer any issuer
         * @return this
         */
        public Builder issuer(TokenIssuer tokenIssuer) {
            issuer = Objects.requireNonNull(tokenIssuer, "tokenIssuer");
            return this;
        }

        /**
         * Sets the feed that hears of each ending; required, so that a logout counts at once in this process.
         *
         * @param feed the one that the verifier asks
         * @return this
         */
        public Builder revocations(RevocationFeed feed) {
            revocations = Objects.requireNonNull(feed, "feed");
            return this;
        }

        /**
         * Sets who hears of what happened; nobody unless called.
         *
         * @param events what it throws is logged and dropped
         * @return this
         */
        public Builder listener(AuthEventListener events) {
            listener = Objects.requireNonNull(events, "events");
            return this;
        }

        /**
         * Sets for how long an exchanged token gives its successor again; 20 s unless called.
         *
         * @param time 0 (never) to 60 s
         * @return this
         */
        public Builder grace(Duration time) {
            grace = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Sets after how long without a refresh a session ends; 7 days unless called.
         *
         * @param time positive, not over the absolute limit
         * @return this
         */
        public Builder idleLimit(Duration time) {
            idleLimit = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Sets after how long a session ends whatever happens; 30 days unless called.
         *
         * @param time at most 365 days
         * @return this
         */
        public Builder absoluteLimit(Duration time) {
            absoluteLimit = Objects.requireNonNull(time, "time");
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
         * Sets where ids and nonces come from; a new generator unless called.
         *
         * @param source a generator fit for secrets
         * @return this
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Checks everything and makes the service.
         *
         * @return an immutable service
         * @throws AuthConfigurationException with all faults at once
         */
        public Sessions build() {
            List<String> faults = new ArrayList<>();
            check(faults, store != null, "store must be set");
            check(faults, keys != null, "keys must be set");
            check(faults, keys == null || keys.kind() == KeyKind.HMAC_256, "keys must be a ring of HMAC_256");
            check(faults, issuer != null, "issuer must be set");
            check(faults, revocations != null, "revocations must be set");
            check(
                    faults,
                    !grace.isNegative() && grace.compareTo(LONGEST_GRACE) <= 0,
                    "grace must be 0 to " + LONGEST_GRACE + ", got " + grace);
            check(
                    faults,
                    idleLimit.toSeconds() > 0 && idleLimit.compareTo(absoluteLimit) <= 0,
                    "idleLimit must be positive and not over absoluteLimit, got " + idleLimit);
            check(
                    faults,
                    absoluteLimit.compareTo(LONGEST_LIFE) <= 0,
                    "absoluteLimit must be at most " + LONGEST_LIFE + ", got " + absoluteLimit);
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            return new Sessions(this);
        }

        private static void check(List<String> faults, boolean holds, String fault) {
            if (!holds) {
                faults.add(fault);
            }
        }
    }
}
