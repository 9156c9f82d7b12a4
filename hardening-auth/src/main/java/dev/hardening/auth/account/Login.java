package dev.hardening.auth.account;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEvent.LoginFailed.Reason;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.session.LoginContext;
import dev.hardening.auth.session.SessionTokens;
import dev.hardening.ratelimit.LoginThrottle;
import dev.hardening.ratelimit.LoginThrottle.Attempt;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Checks a password and starts a session.
 *
 * <p>In this order: the throttle, which is paid before anything else is done; the hashing gate, before any look-up; one
 * query; one hash, against a decoy where there is no such account. Unknown, wrong, unproved and disabled give the same
 * answer after the same work; only the events tell them apart. While an account's hash has older parameters, a refusal
 * checks the decoy too: it is never quicker than that of an unknown account, and slower by the old hash.
 *
 * <p>An account whose address cannot be read is unavailable to whoever knows its password, and to all others what an
 * unknown one is: the address is opened last.
 *
 * <p>Safe for many threads. A call blocks for some 0.1 s; the parameters of an old hash are renewed later, on a thread
 * of the module's own and only while the gate is idle.
 */
public final class Login {
    private final Desk desk;
    private final LoginThrottle throttle;
    private final SessionOpener sessions;

    Login(Desk desk, LoginThrottle throttle, SessionOpener sessions) {
        this.desk = desk;
        this.throttle = throttle;
        this.sessions = sessions;
    }

    /**
     * Tries a password.
     *
     * @param request who says to be whom
     * @return {@link LoginResult.Authenticated} with the tokens of a new session, or why not, as far as may be told
     * @throws AuthUnavailableException if a store does not answer; answer 503, never 401
     */
    public LoginResult authenticate(Request request) {
        Objects.requireNonNull(request, "request");
        Attempt attempt =
                throttle.begin(request.tenant().value(), request.email().canonical(), request.clientAddress());
        return attempt.fold(admitted -> admitted(request, admitted), throttled -> throttled(request, throttled));
    }

    private LoginResult admitted(Request request, Attempt.Admitted attempt) {
        try {
            return desk.gate
                    .<Supplier<LoginResult>>run(
                            () -> compared(request, attempt), wait -> () -> busy(request, attempt, wait))
                    .get();
        } catch (AuthUnavailableException unavailable) {
            // Nothing was learnt about the password; where something was, the word that came first counts.
            attempt.withdrawn();
            tellUnavailable(request);
            throw unavailable;
        }
    }

    /** Looks up and compares inside the gate; what it returns is to be done outside. */
    private Supplier<LoginResult> compared(Request request, Attempt.Admitted attempt) {
        Optional<AccountStore.Stored> found = desk.accounts.findForLogin(request.tenant(), request.email());
        Password.Hash expected = found.map(AccountStore.Stored::hash).orElseGet(desk.hasher::decoy);
        boolean right = desk.hasher.matches(request.password(), expected);
        Optional<Reason> fault = fault(found, right);
        if (fault.isPresent() && desk.hasher.outdated(expected)) {
            // A record from before the parameters were raised is cheap; alone it would tell that there is an account.
            desk.hasher.matches(request.password(), desk.hasher.decoy());
        }
        return fault.<Supplier<LoginResult>>map(reason -> () -> rejected(request, found, reason, attempt))
                .orElseGet(() -> () -> authenticated(request, found.orElseThrow(), attempt));
    }

    private LoginResult rejected(
            Request request, Optional<AccountStore.Stored> found, Reason reason, Attempt.Admitted attempt) {
        attempt.failed();
        AuthEvent.Context context = desk.context(request.tenant(), request.clientAddress());
        desk.tell(new AuthEvent.LoginFailed(
                found.map(stored -> context.user(stored.standing().id())).orElse(context), reason));
        return new LoginResult.Rejected();
    }

    private static Optional<Reason> fault(Optional<AccountStore.Stored> found, boolean right) {
        if (found.isEmpty()) {
            return Optional.of(Reason.UNKNOWN_ACCOUNT);
        }
        if (!right) {
            return Optional.of(Reason.WRONG_PASSWORD);
        }
        return switch (found.get().standing().state()) {
            case UNVERIFIED -> Optional.of(Reason.UNVERIFIED);
            case DISABLED -> Optional.of(Reason.DISABLED);
            case ACTIVE -> Optional.empty();
        };
    }

    private LoginResult authenticated(Request request, AccountStore.Stored stored, Attempt.Admitted attempt) {
        // Opens the address, which may be damaged or not the one that was asked for; then nobody is logged in.
        UserId user = stored.account().id();
        attempt.succeeded();
        LoginContext context =
                LoginContext.password(desk.now()).userAgent(request.userAgent()).clientAddress(request.clientAddress());
        Optional<SessionTokens> started = sessions.startIf(request.tenant(), user, context, () -> stillOpen(stored));
        AuthEvent.Context told =
                desk.context(request.tenant(), request.clientAddress()).user(user);
        if (started.isEmpty()) {
            desk.tell(new AuthEvent.LoginFailed(told, Reason.DISABLED));
            return new LoginResult.Rejected();
        }
        SessionTokens tokens = started.get();
        desk.tell(new AuthEvent.LoginSucceeded(told.session(tokens.session())));
        if (desk.hasher.outdated(stored.hash())) {
            renewLater(stored, request.password().copy());
        }
        return new LoginResult.Authenticated(tokens);
    }

    /** Hashing takes long enough for an administrator to shut the account and end its sessions meanwhile. */
    private boolean stillOpen(AccountStore.Stored stored) {
        return desk.accounts
                .find(stored.standing().tenant(), stored.standing().id())
                .filter(now -> now.standing().state() == Account.State.ACTIVE)
                .isPresent();
    }

    private void renewLater(AccountStore.Stored stored, Password password) {
        desk.rehashing.offer(() -> desk.gate.runIfIdle(() -> renew(stored, password)), password::close);
    }

    private void renew(AccountStore.Stored stored, Password password) {
        Account.Standing account = stored.standing();
        desk.accounts.replaceHash(account.tenant(), account.id(), stored.hash(), desk.hasher.hash(password));
    }

    private LoginResult busy(Request request, Attempt.Admitted attempt, Duration wait) {
        attempt.withdrawn();
        AuthEvent.Context context = desk.context(request.tenant(), request.clientAddress());
        desk.tell(new AuthEvent.LoginFailed(context, Reason.BUSY));
        return new LoginResult.Busy(wait);
    }

    private void tellUnavailable(Request request) {
        AuthEvent.Context context = desk.context(request.tenant(), request.clientAddress());
        desk.tell(new AuthEvent.LoginFailed(context, Reason.UNAVAILABLE));
    }

    private LoginResult throttled(Request request, Attempt.Throttled throttled) {
        if (throttled.reason() == Attempt.Reason.STORE) {
            tellUnavailable(request);
            throw new AuthUnavailableException("the store of the login throttle did not answer");
        }
        AuthEvent.Context context = desk.context(request.tenant(), request.clientAddress());
        desk.tell(new AuthEvent.LoginThrottled(context, throttled.retryAfter()));
        return new LoginResult.Throttled(throttled.retryAfter());
    }

    /**
     * A claim to be somebody.
     *
     * @param tenant the school, existing or not
     * @param email the address, known or not
     * @param password as typed; the caller may close it once {@link #authenticate} has returned
     * @param userAgent what the program calls itself, shown to the user later; may be empty
     * @param clientAddress an IP address from the client-address resolver; counted by the throttle
     */
    public record Request(
            TenantId tenant, EmailAddress email, Password password, String userAgent, String clientAddress) {
        /**
         * Checks that all is there.
         *
         * @param tenant the school, existing or not
         * @param email the address, known or not
         * @param password as typed; the caller may close it once {@link #authenticate} has returned
         * @param userAgent what the program calls itself, shown to the user later; may be empty
         * @param clientAddress an IP address from the client-address resolver; counted by the throttle
         */
        public Request {
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(email, "email");
            Objects.requireNonNull(password, "password");
            Objects.requireNonNull(userAgent, "userAgent");
            Objects.requireNonNull(clientAddress, "clientAddress");
        }
    }

    /** Starts a session; {@code Sessions} does. */
    @FunctionalInterface
    interface SessionOpener {
        Optional<SessionTokens> startIf(TenantId tenant, UserId user, LoginContext context, BooleanSupplier allowed);
    }
}
