package dev.hardening.auth.account;

import dev.hardening.auth.AuthEvent;
import dev.hardening.auth.AuthEvent.RegistrationRefused.Reason;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.OneTimeTokenStore.Entry;
import dev.hardening.auth.account.OneTimeTokenStore.Purpose;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.password.PasswordPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes accounts for people who prove that they read the mail of their address.
 *
 * <p>No answer, no number of hashes and no number of trips to the stores depends on whether the address, or even the
 * tenant, is known. An account of an unproved address keeps nobody from registering it: the next registration replaces
 * its password and kills its link, and a link works only together with the password of its own registration. So neither
 * who registers a stranger's address nor who reads a stranger's mail gets an account that the other uses (Sudhodanan and
 * Paverd, 2022).
 *
 * <p>What a stranger can do is hold a sign-up up. The five mails an hour are counted for each address, whoever asks, lest
 * this service be used to flood a mailbox; so who spends them, again every hour, keeps the owner of the address waiting.
 *
 * <p>Safe for many threads. A call hashes once behind the gate and makes two trips, so it blocks for some 0.1 s.
 */
public final class Registration {
    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);
    private static final Duration LINK_LIFE = Duration.ofHours(24);
    private static final Duration PENDING_LIFE = Duration.ofDays(7);

    private final Desk desk;
    private final Predicate<TenantId> open;

    Registration(Desk desk, Predicate<TenantId> open) {
        this.desk = desk;
        this.open = open;
    }

    /**
     * Takes a registration; a new account is a student.
     *
     * @param request who wants an account where
     * @return {@link RegistrationResult.Accepted} for a new address, an unproved one, one that has an account and a
     *     tenant that takes no registrations alike; {@link RegistrationResult.Throttled} once the address had its mails
     *     of the hour, whoever asked for them
     */
    public RegistrationResult register(Request request) {
        Objects.requireNonNull(request, "request");
        List<PasswordPolicy.Violation> violations =
                desk.policy.check(request.password(), List.of(request.email().canonical(), request.name()));
        if (!violations.isEmpty()) {
            return refused(request, Reason.PASSWORD, new RegistrationResult.Refused(violations));
        }
        return desk.gate
                .<Supplier<RegistrationResult>>run(
                        () -> hashed(request),
                        wait -> () -> refused(request, Reason.BUSY, new RegistrationResult.Busy(wait)))
                .get();
    }

    /**
     * Sends the link again; the one sent before is dead. Where the account cannot be read nothing is sent, and only the
     * event tells.
     *
     * @param tenant the school
     * @param email an address, known or not
     * @return {@link RegistrationResult.Accepted} whether or not there was anything to send, or
     *     {@link RegistrationResult.Throttled} once the address had its mails of the hour, whoever asked for them
     */
    public RegistrationResult resend(TenantId tenant, EmailAddress email) {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(email, "email");
        Optional<Duration> wait = desk.mailRefused(tenant, email);
        if (wait.isPresent()) {
            desk.tell(new AuthEvent.RegistrationRefused(desk.context(tenant, ""), Reason.THROTTLED));
            return new RegistrationResult.Throttled(wait.get());
        }
        AuthEvent.Context context = desk.context(tenant, "");
        Optional<Account.Standing> pending = desk.accounts
                .findForLogin(tenant, email)
                .filter(stored -> stored.standing().state() == Account.State.UNVERIFIED)
                .filter(stored -> readable(stored, context))
                .map(AccountStore.Stored::standing);
        AuthNotifier.Notice notice = issueLink(tenant, email, pending);
        if (pending.isPresent()) {
            desk.send(notice);
        }
        desk.tell(new AuthEvent.VerificationMailRequested(
                pending.map(account -> context.user(account.id())).orElse(context)));
        return new RegistrationResult.Accepted();
    }

    /**
     * Proves an address: the token from the mail together with the password of that very registration. Only a live
     * token is worth a hash.
     *
     * @param token as it came from the link
     * @param password as typed now
     * @param clientAddress an IP address, or empty
     * @return {@link Confirmation.Confirmed} to one of many callers with the same token
     */
    public Confirmation confirm(String token, Password password, String clientAddress) {
        Objects.requireNonNull(token, "token");
        Objects.requireNonNull(password, "password");
        Objects.requireNonNull(clientAddress, "clientAddress");
        String hash = OneTimeToken.hashOf(token);
        if (desk.tokens.find(hash, Purpose.VERIFY_EMAIL, desk.now()).isEmpty()) {
            // 256 bits hide by themselves; a decoy would only let anybody buy a hash and a place at the gate.
            return concluded(false, desk.context(clientAddress));
        }
        return desk.gate
                .<Supplier<Confirmation>>run(
                        () -> compared(hash, password, clientAddress), wait -> () -> busy(clientAddress, wait))
                .get();
    }

    /** Counts and hashes inside the gate; what it returns is to be done outside. */
    private Supplier<RegistrationResult> hashed(Request request) {
        Optional<Duration> wait = desk.mailRefused(request.tenant(), request.email());
        if (wait.isPresent()) {
            return () -> refused(request, Reason.THROTTLED, new RegistrationResult.Throttled(wait.get()));
        }
        Password.Hash hash = desk.hasher.hash(request.password());
        return () -> accepted(request, hash);
    }

    private RegistrationResult accepted(Request request, Password.Hash hash) {
        if (open.test(request.tenant())) {
            written(request, hash);
        } else {
            // The same trips as for an open tenant, but nothing that could later turn into an account there. What was
            // found is not opened: that it cannot be read would tell that it is there.
            desk.accounts.findForLogin(request.tenant(), request.email());
            issueLink(request.tenant(), request.email(), Optional.empty());
            desk.tell(new AuthEvent.RegistrationRefused(context(request), Reason.TENANT_CLOSED));
        }
        return new RegistrationResult.Accepted();
    }

    private RegistrationResult refused(Request request, Reason reason, RegistrationResult answer) {
        desk.tell(new AuthEvent.RegistrationRefused(context(request), reason));
        return answer;
    }

    private Confirmation busy(String clientAddress, Duration wait) {
        desk.tell(new AuthEvent.RegistrationRefused(desk.context(clientAddress), Reason.BUSY));
        return new Confirmation.Busy(wait);
    }

    private AuthEvent.Context context(Request request) {
        return desk.context(request.tenant(), request.clientAddress());
    }

    private void written(Request request, Password.Hash hash) {
        Instant now = desk.now();
        Optional<Account> pending = desk.accounts.register(new AccountStore.Draft(
                request.tenant(),
                new UserId(OneTimeToken.identifier(desk.random)),
                request.email(),
                request.name(),
                hash,
                Set.of(Account.Role.STUDENT),
                now,
                now.plus(PENDING_LIFE)));
        AuthNotifier.Notice link = issueLink(request.tenant(), request.email(), pending.map(Account::standing));
        AuthEvent.Context context = context(request);
        if (pending.isPresent()) {
            desk.send(link);
            desk.tell(new AuthEvent.Registered(context.user(pending.get().id())));
        } else {
            desk.send(new AuthNotifier.Notice.AlreadyRegistered(request.tenant(), request.email()));
            desk.tell(new AuthEvent.RegistrationRepeated(context));
        }
    }

    /** An answer of its own would tell strangers that there is an account. */
    private boolean readable(AccountStore.Stored stored, AuthEvent.Context context) {
        try {
            return stored.account().state() == Account.State.UNVERIFIED;
        } catch (AuthUnavailableException unreadable) {
            desk.tell(new AuthEvent.RegistrationRefused(
                    context.user(stored.standing().id()), Reason.ACCOUNT_UNREADABLE));
            return false;
        }
    }

    /** Writes a token for the account; where there is none, one that nobody will ever see and the next purge removes. */
    private AuthNotifier.Notice issueLink(TenantId tenant, EmailAddress to, Optional<Account.Standing> pending) {
        OneTimeToken token = OneTimeToken.generate(desk.random);
        Instant now = desk.now();
        Instant expiresAt = pending.isPresent() ? now.plus(LINK_LIFE) : now;
        desk.tokens.issueReplacingSiblings(new Entry(
                token.hash(),
                Purpose.VERIFY_EMAIL,
                tenant,
                pending.map(Account.Standing::id).orElseGet(() -> new UserId(OneTimeToken.identifier(desk.random))),
                pending.map(Account.Standing::credentialVersion).orElse(0L),
                "",
                expiresAt));
        return new AuthNotifier.Notice.VerifyEmail(tenant, to, token.text(), expiresAt);
    }

    /** Counts the try and compares inside the gate; what it returns is to be done outside. */
    private Supplier<Confirmation> compared(String hash, Password password, String clientAddress) {
        Optional<Entry> entry = desk.tokens.attempt(hash, Purpose.VERIFY_EMAIL, desk.now());
        if (entry.isEmpty()) {
            return () -> concluded(false, desk.context(clientAddress));
        }
        Entry live = entry.get();
        Optional<AccountStore.Stored> pending = desk.accounts.find(live.tenant(), live.user());
        Password.Hash expected = pending.map(AccountStore.Stored::hash).orElseGet(desk.hasher::decoy);
        boolean right = desk.hasher.matches(password, expected) && pending.isPresent();
        AuthEvent.Context context = desk.context(live.tenant(), clientAddress).user(live.user());
        return () -> concluded(right && activated(live), context);
    }

    private Confirmation concluded(boolean confirmed, AuthEvent.Context context) {
        if (confirmed) {
            desk.tell(new AuthEvent.EmailVerified(context));
            return new Confirmation.Confirmed();
        }
        desk.tell(new AuthEvent.VerificationFailed(context));
        return new Confirmation.Rejected();
    }

    /** Of many who hold the token one activates; the version says whether the password checked is still the one. */
    private boolean activated(Entry live) {
        boolean first = desk.accounts.activate(live.tenant(), live.user(), live.credentialVersion());
        if (first) {
            spend(live);
        }
        return first;
    }

    /** Last, so that no fault in between costs the token; it opens nothing any more, and the purge takes what is left. */
    private void spend(Entry used) {
        try {
            desk.tokens.consume(used.hash(), Purpose.VERIFY_EMAIL, desk.now());
        } catch (AuthUnavailableException unavailable) {
            LOG.warn("a link that was used stays until it ends; its account is active", unavailable);
        }
    }

    /**
     * A wish for an account.
     *
     * @param tenant the school, existing or not
     * @param email the address, which nothing proves yet
     * @param password as typed; the caller may close it once {@link #register} has returned
     * @param name what to call the person; empty means the local part of the address
     * @param clientAddress an IP address, or empty
     */
    public record Request(TenantId tenant, EmailAddress email, Password password, String name, String clientAddress) {
        /**
         * Checks the name and fills it in.
         *
         * @param tenant the school, existing or not
         * @param email the address, which nothing proves yet
         * @param password as typed; the caller may close it once {@link #register} has returned
         * @param name what to call the person; empty means the local part of the address
         * @param clientAddress an IP address, or empty
         * @throws IllegalArgumentException if {@link Account#acceptsName} refuses a name that is not empty
         */
        public Request {
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(email, "email");
            Objects.requireNonNull(password, "password");
            name = Account.nameOr(name, email);
            Objects.requireNonNull(clientAddress, "clientAddress");
        }
    }

    /** What became of the proof of an address. */
    public sealed interface Confirmation {
        /**
         * Which of the records this is.
         *
         * @return one constant per record
         */
        Kind kind();

        /**
         * Handles every case.
         *
         * @param confirmed for {@link Confirmed}
         * @param rejected for {@link Rejected}
         * @param busy for {@link Busy}
         * @param <T> what they make of it
         * @return what the one that applied returned
         */
        default <T> T fold(Function<Confirmed, T> confirmed, Function<Rejected, T> rejected, Function<Busy, T> busy) {
            return switch (kind()) {
                case CONFIRMED -> confirmed.apply((Confirmed) this);
                case REJECTED -> rejected.apply((Rejected) this);
                case BUSY -> busy.apply((Busy) this);
            };
        }

        /** One constant per record. */
        enum Kind {
            /** {@link Confirmation.Confirmed}. */
            CONFIRMED,
            /** {@link Confirmation.Rejected}. */
            REJECTED,
            /** {@link Confirmation.Busy}. */
            BUSY
        }

        /** The account is active; nobody is logged in by it. Answer 204. */
        record Confirmed() implements Confirmation {
            @Override
            public Kind kind() {
                return Kind.CONFIRMED;
            }
        }

        /** A dead or unknown token, or another password than that of the registration, all alike. Answer 400. */
        record Rejected() implements Confirmation {
            @Override
            public Kind kind() {
                return Kind.REJECTED;
            }
        }

        /**
         * Too many passwords are being hashed; this one was not looked at and no try was counted. Answer 503.
         *
         * @param retryAfter how long to wait
         */
        record Busy(Duration retryAfter) implements Confirmation {
            /**
             * Checks that it is there.
             *
             * @param retryAfter how long to wait
             */
            public Busy {
                Objects.requireNonNull(retryAfter, "retryAfter");
            }

            @Override
            public Kind kind() {
                return Kind.BUSY;
            }
        }
    }
}
