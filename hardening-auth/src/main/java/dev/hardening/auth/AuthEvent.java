package dev.hardening.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to an account, a session or a token and that an audit log wants to know.
 *
 * <p>No event holds a password, a token, a key or an e-mail address; a user is named by id. Java 17 has no pattern
 * switch: {@link #kind()} tells the records apart.
 */
public sealed interface AuthEvent {
    /**
     * When, to whom and from where.
     *
     * @return the circumstances, each but the time possibly unknown
     */
    Context context();

    /**
     * Which of the records this is.
     *
     * @return one constant per record
     */
    default Kind kind() {
        return Objects.requireNonNull(Kind.BY_RECORD.get(getClass()));
    }

    /** One constant per record. */
    enum Kind {
        /** {@link AuthEvent.Registered}. */
        REGISTERED(Registered.class),
        /** {@link AuthEvent.RegistrationRepeated}. */
        REGISTRATION_REPEATED(RegistrationRepeated.class),
        /** {@link AuthEvent.RegistrationRefused}. */
        REGISTRATION_REFUSED(RegistrationRefused.class),
        /** {@link AuthEvent.VerificationMailRequested}. */
        VERIFICATION_MAIL_REQUESTED(VerificationMailRequested.class),
        /** {@link AuthEvent.SetupTokenIssued}. */
        SETUP_TOKEN_ISSUED(SetupTokenIssued.class),
        /** {@link AuthEvent.EmailVerified}. */
        EMAIL_VERIFIED(EmailVerified.class),
        /** {@link AuthEvent.VerificationFailed}. */
        VERIFICATION_FAILED(VerificationFailed.class),
        /** {@link AuthEvent.LoginSucceeded}. */
        LOGIN_SUCCEEDED(LoginSucceeded.class),
        /** {@link AuthEvent.LoginFailed}. */
        LOGIN_FAILED(LoginFailed.class),
        /** {@link AuthEvent.LoginThrottled}. */
        LOGIN_THROTTLED(LoginThrottled.class),
        /** {@link AuthEvent.SessionStarted}. */
        SESSION_STARTED(SessionStarted.class),
        /** {@link AuthEvent.TokenRefreshed}. */
        TOKEN_REFRESHED(TokenRefreshed.class),
        /** {@link AuthEvent.RefreshReuseDetected}. */
        REFRESH_REUSE_DETECTED(RefreshReuseDetected.class),
        /** {@link AuthEvent.RefreshRejected}. */
        REFRESH_REJECTED(RefreshRejected.class),
        /** {@link AuthEvent.LoggedOut}. */
        LOGGED_OUT(LoggedOut.class),
        /** {@link AuthEvent.SessionRevoked}. */
        SESSION_REVOKED(SessionRevoked.class),
        /** {@link AuthEvent.TokenRejected}. */
        TOKEN_REJECTED(TokenRejected.class);

        private static final Map<Class<?>, Kind> BY_RECORD =
                Arrays.stream(values()).collect(Collectors.toMap(kind -> kind.record, Function.identity()));

        private final Class<? extends AuthEvent> record;

        Kind(Class<? extends AuthEvent> record) {
            this.record = record;
        }
    }

    /**
     * An account was made and waits for its address to be verified.
     *
     * @param context the circumstances
     */
    record Registered(Context context) implements AuthEvent {}

    /**
     * Someone registered an address that has an account; the answer was the same as for a new one.
     *
     * @param context the circumstances
     */
    record RegistrationRepeated(Context context) implements AuthEvent {}

    /**
     * An account was not made, or a mail for one not sent, whatever the caller was told.
     *
     * @param context the circumstances
     * @param reason why not
     */
    record RegistrationRefused(Context context, RegistrationRefused.Reason reason) implements AuthEvent {
        /** Why no account was made. */
        public enum Reason {
            /** The policy refuses the password. */
            PASSWORD,
            /** The address had its mails of the hour. */
            THROTTLED,
            /** The hashing gate was full. */
            BUSY,
            /** The tenant takes no registrations; the caller was told what everybody is. */
            TENANT_CLOSED,
            /** A set-up or seed named an address that has an account. */
            ADDRESS_TAKEN,
            /** The address of the account cannot be read, so no mail was sent; the caller was told what everybody is. */
            ACCOUNT_UNREADABLE
        }
    }

    /**
     * Someone asked for a link to be sent again; the user is known where one was sent.
     *
     * @param context the circumstances
     */
    record VerificationMailRequested(Context context) implements AuthEvent {}

    /**
     * A token was issued that makes an administrator of its tenant.
     *
     * @param context the circumstances
     */
    record SetupTokenIssued(Context context) implements AuthEvent {}

    /**
     * An address proved to belong to its account.
     *
     * @param context the circumstances
     */
    record EmailVerified(Context context) implements AuthEvent {}

    /**
     * A verification was refused: unknown, used or expired token, or another password than that of the registration.
     *
     * @param context the circumstances
     */
    record VerificationFailed(Context context) implements AuthEvent {}

    /**
     * A login proved who is calling.
     *
     * @param context the circumstances
     */
    record LoginSucceeded(Context context) implements AuthEvent {}

    /**
     * A login was refused; the caller was not told why.
     *
     * @param context the circumstances
     * @param reason why, for the log alone
     */
    record LoginFailed(Context context, LoginFailed.Reason reason) implements AuthEvent {
        /** Why a login was refused. */
        public enum Reason {
            /** No such account. */
            UNKNOWN_ACCOUNT,
            /** Another password. */
            WRONG_PASSWORD,
            /** The address is not verified yet. */
            UNVERIFIED,
            /** An administrator disabled the account. */
            DISABLED,
            /** The hashing gate was full; nothing was compared. */
            BUSY,
            /** A store did not answer, so nothing was decided; the caller was told to try again. */
            UNAVAILABLE
        }
    }

    /**
     * A login was not even tried, because too many went before it.
     *
     * @param context the circumstances
     * @param retryAfter what the caller was told
     */
    record LoginThrottled(Context context, Duration retryAfter) implements AuthEvent {}

    /**
     * A session began.
     *
     * @param context the circumstances
     */
    record SessionStarted(Context context) implements AuthEvent {}

    /**
     * A refresh token was exchanged.
     *
     * @param context the circumstances
     * @param replayed whether it had been exchanged just before and the same successor was handed out again
     */
    record TokenRefreshed(Context context, boolean replayed) implements AuthEvent {}

    /**
     * A genuine refresh token of the past came back: a copy of it is in other hands, and its session has ended.
     *
     * @param context the circumstances
     * @param generation the generation that was presented, from 0
     */
    record RefreshReuseDetected(Context context, long generation) implements AuthEvent {}

    /**
     * A refresh token was refused, and nothing was changed by it.
     *
     * @param context the circumstances
     * @param reason why, for the log alone
     */
    record RefreshRejected(Context context, RefreshRejected.Reason reason) implements AuthEvent {
        /** Why a refresh token was refused. */
        public enum Reason {
            /** Not of the form of a refresh token. */
            MALFORMED,
            /** No such session, or a code that does not fit: invented or damaged. */
            FORGED,
            /** Not used for too long. */
            IDLE_EXPIRED,
            /** The session has reached its greatest age. */
            ABSOLUTE_EXPIRED,
            /** The session has ended before. */
            REVOKED,
            /** Genuine but used before; the session ended with it. */
            REUSED,
            /** Overtaken by another exchange of the same session while it was looked at. */
            SUPERSEDED
        }
    }

    /**
     * A user ended a session.
     *
     * @param context the circumstances
     */
    record LoggedOut(Context context) implements AuthEvent {}

    /**
     * Sessions were ended by someone or something other than a logout.
     *
     * @param context the circumstances; without a session where all sessions of the user ended
     * @param reason one word, for example {@code password-changed}
     */
    record SessionRevoked(Context context, String reason) implements AuthEvent {}

    /**
     * An access token was refused.
     *
     * @param context the circumstances; what the token claims of itself is not among them
     * @param reason the verifier's reason, a constant name
     */
    record TokenRejected(Context context, String reason) implements AuthEvent {}

    /**
     * The circumstances of an event: its time and what is known of who and where; immutable.
     */
    final class Context {
        private final Instant time;
        private final @Nullable TenantId tenant;
        private final @Nullable UserId user;
        private final @Nullable SessionId session;
        private final @Nullable String clientAddress;

        private Context(
                Instant time,
                @Nullable TenantId tenant,
                @Nullable UserId user,
                @Nullable SessionId session,
                @Nullable String clientAddress) {
            this.time = time;
            this.tenant = tenant;
            this.user = user;
            this.session = session;
            this.clientAddress = clientAddress;
        }

        /**
         * Begins with the time alone.
         *
         * @param time when it happened
         * @return a context that knows nothing else
         */
        public static Context at(Instant time) {
            return new Context(Objects.requireNonNull(time, "time"), null, null, null, null);
        }

        /**
         * Adds the tenant.
         *
         * @param known the tenant
         * @return a new context
         */
        public Context tenant(TenantId known) {
            Objects.requireNonNull(known, "known");
            return new Context(time, known, user, session, clientAddress);
        }

        /**
         * Adds the user.
         *
         * @param known the user
         * @return a new context
         */
        public Context user(UserId known) {
            Objects.requireNonNull(known, "known");
            return new Context(time, tenant, known, session, clientAddress);
        }

        /**
         * Adds the session.
         *
         * @param known the session
         * @return a new context
         */
        public Context session(SessionId known) {
            Objects.requireNonNull(known, "known");
            return new Context(time, tenant, user, known, clientAddress);
        }

        /**
         * Adds the address the request came from.
         *
         * @param known an IP address in text form
         * @return a new context
         */
        public Context clientAddress(String known) {
            Objects.requireNonNull(known, "known");
            return new Context(time, tenant, user, session, known);
        }

        /**
         * When it happened.
         *
         * @return by the clock of the class that tells it
         */
        public Instant time() {
            return time;
        }

        /**
         * In which tenant.
         *
         * @return empty if unknown
         */
        public Optional<TenantId> tenant() {
            return Optional.ofNullable(tenant);
        }

        /**
         * To which account.
         *
         * @return empty if unknown
         */
        public Optional<UserId> user() {
            return Optional.ofNullable(user);
        }

        /**
         * In which session.
         *
         * @return empty if there is none
         */
        public Optional<SessionId> session() {
            return Optional.ofNullable(session);
        }

        /**
         * From where.
         *
         * @return an IP address, empty if unknown
         */
        public Optional<String> clientAddress() {
            return Optional.ofNullable(clientAddress);
        }
    }
}
