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
import dev.hardening.auth.password.PasswordPolicy.Violation;
import dev.hardening.secrets.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Makes accounts without a mail: the first administrator of a tenant, by a token that is handed over, and seeded users.
 *
 * <p>There is no default account and no default password (OWASP ASVS 5.0, 6.3.2). Only {@link #redeem} is for strangers;
 * whether the caller of another method may do it is the host's to know. Safe for many threads.
 */
public final class Setup {
    private static final Duration FIRST_LIFE = Duration.ofHours(24);
    private static final Duration TENANT_LIFE = Duration.ofDays(7);
    private static final UserId NOBODY_YET = new UserId("setup");

    private final Desk desk;
    private final TenantId firstTenant;

    Setup(Desk desk, TenantId firstTenant) {
        this.desk = desk;
        this.firstTenant = firstTenant;
    }

    /**
     * Makes the token for the first administrator of the first tenant; good for 24 hours, one use and ten guesses.
     *
     * @param holder where the token will be left, such as the data folder: the next call of the same holder replaces
     *     the token, one of another holder only when it is dead; not empty
     * @return the token, or empty where there is an administrator or another holder has a live token
     */
    public Optional<Secret> issueFirstToken(String holder) {
        if (holder.isEmpty()) {
            throw new IllegalArgumentException("holder must not be empty");
        }
        if (desk.accounts.existsWithRole(firstTenant, Account.Role.ADMIN)) {
            return Optional.empty();
        }
        OneTimeToken token = OneTimeToken.generate(desk.random);
        Entry entry = entry(token, firstTenant, holder, FIRST_LIFE);
        if (!desk.tokens.issueUnlessHeld(entry, desk.now())) {
            return Optional.empty();
        }
        desk.tell(new AuthEvent.SetupTokenIssued(desk.context(firstTenant, "")));
        return Optional.of(token.text());
    }

    /**
     * Makes the token for an administrator of a further tenant; good for 7 days and one use. The one issued before for
     * the same tenant is dead.
     *
     * @param tenant not the first one
     * @return the token, to be handed over once
     */
    public Secret issueToken(TenantId tenant) {
        if (tenant.equals(firstTenant)) {
            throw new IllegalArgumentException("tenant must not be the first one, got " + tenant);
        }
        OneTimeToken token = OneTimeToken.generate(desk.random);
        desk.tokens.issueReplacingSiblings(entry(token, tenant, "", TENANT_LIFE));
        desk.tell(new AuthEvent.SetupTokenIssued(desk.context(tenant, "")));
        return token.text();
    }

    /**
     * Makes the administrator that a token was issued for; the address counts as proved. The token is looked at first:
     * without a live one nothing else is judged and nothing is hashed.
     *
     * @param request token and administrator
     * @return {@link Result.Created} to one of many callers with the same token
     */
    public Result redeem(Request request) {
        Objects.requireNonNull(request, "request");
        String hash = OneTimeToken.hashOf(request.token());
        Optional<Entry> live = desk.tokens.find(hash, Purpose.SETUP, desk.now()).filter(this::stillNeeded);
        if (live.isEmpty()) {
            return rejected(request);
        }
        Result result =
                hashed(request.email(), request.password(), request.name(), made -> redeemed(request, hash, made));
        return told(result, desk.context(live.get().tenant(), request.clientAddress()));
    }

    /**
     * Makes an active account for seeds and imports by the host; the address counts as proved.
     *
     * @param newcomer who
     * @return never {@link Result.Rejected}
     */
    public Result seed(Newcomer newcomer) {
        Objects.requireNonNull(newcomer, "newcomer");
        Result result =
                hashed(newcomer.email(), newcomer.password(), newcomer.name(), hash -> created(newcomer, hash, ""));
        return told(result, desk.context(newcomer.tenant(), ""));
    }

    /** Tells what no account came of; the other outcomes were told where they were decided. */
    private Result told(Result result, AuthEvent.Context context) {
        Optional<Reason> reason = switch (result.kind()) {
            case REFUSED -> Optional.of(Reason.PASSWORD);
            case ADDRESS_TAKEN -> Optional.of(Reason.ADDRESS_TAKEN);
            case BUSY -> Optional.of(Reason.BUSY);
            case CREATED, REJECTED -> Optional.empty();
        };
        reason.ifPresent(why -> desk.tell(new AuthEvent.RegistrationRefused(context, why)));
        return result;
    }

    private Result hashed(EmailAddress email, Password password, String name, Function<Password.Hash, Result> then) {
        List<Violation> violations = desk.policy.check(password, List.of(email.canonical(), name));
        if (!violations.isEmpty()) {
            return new Result.Refused(violations);
        }
        return desk.gate
                .<Supplier<Result>>run(
                        () -> {
                            Password.Hash hash = desk.hasher.hash(password);
                            return () -> then.apply(hash);
                        },
                        wait -> () -> new Result.Busy(wait))
                .get();
    }

    private Result redeemed(Request request, String hash, Password.Hash made) {
        Optional<Entry> taken = desk.tokens
                .attempt(hash, Purpose.SETUP, desk.now())
                .filter(this::stillNeeded)
                .flatMap(entry -> desk.tokens.consume(hash, Purpose.SETUP, desk.now()));
        if (taken.isEmpty()) {
            return rejected(request);
        }
        Newcomer administrator = new Newcomer(
                taken.get().tenant(), request.email(), request.password(), request.name(), Set.of(Account.Role.ADMIN));
        Result result = createdOrPutBack(administrator, made, request.clientAddress(), taken.get());
        if (result.kind() == Result.Kind.ADDRESS_TAKEN) {
            putBack(taken.get());
        }
        return result;
    }

    private Result createdOrPutBack(Newcomer administrator, Password.Hash made, String clientAddress, Entry taken) {
        try {
            return created(administrator, made, clientAddress);
        } catch (AuthUnavailableException unavailable) {
            try {
                putBack(taken);
            } catch (AuthUnavailableException again) {
                unavailable.addSuppressed(again);
            }
            throw unavailable;
        }
    }

    /** Makes a token good again that was taken for nothing, unless another holder has one by now. */
    private void putBack(Entry taken) {
        desk.tokens.issueUnlessHeld(taken, desk.now());
    }

    private Result rejected(Request request) {
        // Nobody guesses 256 bits; counting makes a search for the token end soon, and visibly.
        desk.tokens.countMiss(firstTenant, NOBODY_YET, Purpose.SETUP);
        desk.tell(new AuthEvent.VerificationFailed(desk.context(request.clientAddress())));
        return new Result.Rejected();
    }

    private boolean stillNeeded(Entry entry) {
        return !entry.tenant().equals(firstTenant) || !desk.accounts.existsWithRole(firstTenant, Account.Role.ADMIN);
    }

    private Result created(Newcomer newcomer, Password.Hash hash, String clientAddress) {
        Instant now = desk.now();
        Optional<Account> account = desk.accounts.create(new AccountStore.Draft(
                newcomer.tenant(),
                new UserId(OneTimeToken.identifier(desk.random)),
                newcomer.email(),
                newcomer.name(),
                hash,
                newcomer.roles(),
                now,
                now));
        account.ifPresent(made -> {
            AuthEvent.Context context =
                    desk.context(made.tenant(), clientAddress).user(made.id());
            desk.tell(new AuthEvent.Registered(context));
            desk.tell(new AuthEvent.EmailVerified(context));
        });
        return account.<Result>map(Result.Created::new).orElseGet(Result.AddressTaken::new);
    }

    private Entry entry(OneTimeToken token, TenantId tenant, String holder, Duration life) {
        return new Entry(
                token.hash(),
                Purpose.SETUP,
                tenant,
                NOBODY_YET,
                0,
                holder,
                desk.now().plus(life));
    }

    /**
     * What the holder of a set-up token sends; the token says for which tenant.
     *
     * @param token as it came in
     * @param email the administrator's address
     * @param password as typed
     * @param name what to call the person; empty means the local part of the address
     * @param clientAddress an IP address, or empty
     */
    public record Request(String token, EmailAddress email, Password password, String name, String clientAddress) {
        /**
         * Checks the name and fills it in.
         *
         * @param token as it came in
         * @param email the administrator's address
         * @param password as typed
         * @param name what to call the person; empty means the local part of the address
         * @param clientAddress an IP address, or empty
         * @throws IllegalArgumentException if {@link Account#acceptsName} refuses a name that is not empty
         */
        public Request {
            Objects.requireNonNull(token, "token");
            Objects.requireNonNull(email, "email");
            Objects.requireNonNull(password, "password");
            name = Account.nameOr(name, email);
            Objects.requireNonNull(clientAddress, "clientAddress");
        }

        /** {@return the address's domain alone, without the token} */
        @Override
        public String toString() {
            return "Request[" + email + "]";
        }
    }

    /**
     * Somebody who is to have an account.
     *
     * @param tenant the school
     * @param email the address, which the host vouches for
     * @param password as typed; the policy is asked
     * @param name what to call the person; empty means the local part of the address
     * @param roles what the person may do
     */
    public record Newcomer(
            TenantId tenant, EmailAddress email, Password password, String name, Set<Account.Role> roles) {
        /**
         * Checks the name and fills it in.
         *
         * @param tenant the school
         * @param email the address, which the host vouches for
         * @param password as typed; the policy is asked
         * @param name what to call the person; empty means the local part of the address
         * @param roles what the person may do
         * @throws IllegalArgumentException if {@link Account#acceptsName} refuses a name that is not empty
         */
        public Newcomer {
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(email, "email");
            Objects.requireNonNull(password, "password");
            name = Account.nameOr(name, email);
            roles = Set.copyOf(roles);
        }
    }

    /** What became of an account that was to be made. */
    public sealed interface Result {
        /** {@return which of the records this is, one constant for each} */
        Kind kind();

        /**
         * Handles every case.
         *
         * @param created for {@link Created}
         * @param refused for {@link Refused}
         * @param taken for {@link AddressTaken}
         * @param rejected for {@link Rejected}
         * @param busy for {@link Busy}
         * @param <T> what they make of it
         * @return what the one that applied returned
         */
        default <T> T fold(
                Function<Created, T> created,
                Function<Refused, T> refused,
                Function<AddressTaken, T> taken,
                Function<Rejected, T> rejected,
                Function<Busy, T> busy) {
            return switch (kind()) {
                case CREATED -> created.apply((Created) this);
                case REFUSED -> refused.apply((Refused) this);
                case ADDRESS_TAKEN -> taken.apply((AddressTaken) this);
                case REJECTED -> rejected.apply((Rejected) this);
                case BUSY -> busy.apply((Busy) this);
            };
        }

        /** One constant per record. */
        enum Kind {
            /** {@link Result.Created}. */
            CREATED,
            /** {@link Result.Refused}. */
            REFUSED,
            /** {@link Result.AddressTaken}. */
            ADDRESS_TAKEN,
            /** {@link Result.Rejected}. */
            REJECTED,
            /** {@link Result.Busy}. */
            BUSY
        }

        /**
         * The account is there and active. Answer 201.
         *
         * @param account who
         */
        record Created(Account account) implements Result {
            @Override
            public Kind kind() {
                return Kind.CREATED;
            }
        }

        /**
         * The password may not be chosen; a token is still good. Answer 422.
         *
         * @param violations every reason, at least one
         */
        record Refused(List<Violation> violations) implements Result {
            /**
             * Copies the list.
             *
             * @param violations every reason, at least one
             */
            public Refused {
                violations = List.copyOf(violations);
            }

            @Override
            public Kind kind() {
                return Kind.REFUSED;
            }
        }

        /** The address has an account in the tenant; a token is still good. Answer 409: whoever gets it is trusted. */
        record AddressTaken() implements Result {
            @Override
            public Kind kind() {
                return Kind.ADDRESS_TAKEN;
            }
        }

        /** The token is unknown, dead, used or no longer needed. Answer 400. */
        record Rejected() implements Result {
            @Override
            public Kind kind() {
                return Kind.REJECTED;
            }
        }

        /**
         * Too many passwords are being hashed; a token is still good. Answer 503.
         *
         * @param retryAfter how long to wait
         */
        record Busy(Duration retryAfter) implements Result {
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
