package dev.hardening.examples.lms.service;

import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Login;
import dev.hardening.auth.account.LoginResult;
import dev.hardening.auth.account.Registration;
import dev.hardening.auth.account.RegistrationResult;
import dev.hardening.auth.account.Setup;
import dev.hardening.auth.password.Password;
import dev.hardening.auth.password.PasswordPolicy;
import dev.hardening.auth.session.SessionTokens;
import dev.hardening.auth.token.JwksDocument;
import dev.hardening.examples.lms.api.AuthCalls;
import dev.hardening.examples.lms.api.Client;
import dev.hardening.examples.lms.api.Reply;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.Roles;
import dev.hardening.examples.lms.school.TenantRole;
import dev.hardening.examples.lms.web.Violation;
import dev.hardening.ratelimit.Decision;
import dev.hardening.secrets.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Speaks to hardening-auth for the handlers, and to the limits for what strangers may ask. */
public final class AccountCalls implements AuthCalls, Roles {
    private final Auth auth;
    private final AccountStore accounts;
    private final Limits limits;
    private final Runnable firstTokenUsed;

    /**
     * Makes the calls.
     *
     * @param auth accounts, sessions and keys
     * @param accounts the store of {@code auth}
     * @param limits counts what strangers ask, by client
     * @param firstTokenUsed run once the first administrator is there
     */
    public AccountCalls(Auth auth, AccountStore accounts, Limits limits, Runnable firstTokenUsed) {
        this.auth = Objects.requireNonNull(auth, "auth");
        this.accounts = Objects.requireNonNull(accounts, "accounts");
        this.limits = Objects.requireNonNull(limits, "limits");
        this.firstTokenUsed = Objects.requireNonNull(firstTokenUsed, "firstTokenUsed");
    }

    @Override
    public Reply<Accepted> register(TenantId tenant, Newcomer newcomer, Client client) {
        return counted(limits.registration(client.address()), () -> {
            try (Password password = password(newcomer.password())) {
                return answer(auth.registration()
                        .register(new Registration.Request(
                                tenant,
                                newcomer.email(),
                                password,
                                newcomer.name().orElse(""),
                                client.address())));
            }
        });
    }

    @Override
    public Reply<Accepted> resend(TenantId tenant, String email, Client client) {
        return counted(
                limits.registration(client.address()),
                () -> EmailAddress.parse(email)
                        .map(address -> answer(auth.registration().resend(tenant, address)))
                        .orElseGet(() -> new Reply.Done<>(Accepted.ACCEPTED)));
    }

    @Override
    public Reply<Accepted> verify(Secret token, Secret typed, Client client) {
        return counted(limits.confirmation(client.address()), () -> confirm(token, typed, client));
    }

    private Reply<Accepted> confirm(Secret token, Secret typed, Client client) {
        try (Password password = password(typed)) {
            Registration.Confirmation confirmation =
                    auth.registration().confirm(token.reveal(), password, client.address());
            return switch (confirmation.kind()) {
                case CONFIRMED -> new Reply.Done<>(Accepted.ACCEPTED);
                case REJECTED -> new Reply.Rejected<>();
                case BUSY -> new Reply.Busy<>(((Registration.Confirmation.Busy) confirmation).retryAfter());
            };
        }
    }

    @Override
    public Reply<Tokens> login(Credentials credentials, Client client) {
        Optional<EmailAddress> email = EmailAddress.parse(credentials.email());
        if (email.isEmpty()) {
            return new Reply.Rejected<>();
        }
        try (Password password = password(credentials.password())) {
            return answer(auth.login()
                    .authenticate(new Login.Request(
                            credentials.tenant(),
                            email.get(),
                            password,
                            client.userAgent().orElse(""),
                            client.address())));
        }
    }

    @Override
    public Reply<Tokens> refresh(Secret refreshToken, Client client) {
        return auth.sessions()
                .refresh(refreshToken.reveal(), client.address())
                .<Reply<Tokens>>fold(tokens -> new Reply.Done<>(tokens(tokens)), reason -> new Reply.Rejected<>());
    }

    @Override
    public void logout(Secret refreshToken, Client client) {
        auth.sessions().logout(refreshToken.reveal(), client.address());
    }

    @Override
    public Optional<Person> person(Member member) {
        return auth.accounts()
                .find(member.tenant(), member.user())
                .filter(account -> account.state() == Account.State.ACTIVE)
                .map(account -> new Person(account.email(), account.name(), names(account)));
    }

    @Override
    public boolean isActive(Member member) {
        return active(member).isPresent();
    }

    @Override
    public TenantRole of(Member member) {
        return active(member).map(AccountCalls::highest).orElse(TenantRole.STUDENT);
    }

    @Override
    public Reply<Member> setUp(Secret token, Newcomer newcomer, Client client) {
        return counted(limits.confirmation(client.address()), () -> {
            try (Password password = password(newcomer.password())) {
                return answer(auth.accounts()
                        .setup()
                        .redeem(new Setup.Request(
                                token.reveal(),
                                newcomer.email(),
                                password,
                                newcomer.name().orElse(""),
                                client.address())));
            }
        });
    }

    @Override
    public Secret issueSetupToken(TenantId tenant) {
        return auth.accounts().setup().issueToken(tenant);
    }

    @Override
    public boolean hasAdministrator(TenantId tenant) {
        return accounts.existsWithRole(tenant, Account.Role.ADMIN);
    }

    @Override
    public PublicKeys publicKeys() {
        JwksDocument keys = auth.jwks();
        return new PublicKeys(new String(keys.json(), StandardCharsets.UTF_8), keys.etag(), keys.cacheControl());
    }

    private static <T> Reply<T> counted(Decision decision, Supplier<Reply<T>> call) {
        return switch (decision.outcome()) {
            case ALLOWED, SHADOW_DENIED, EXEMPT -> call.get();
            case DENIED, NEVER -> new Reply.Throttled<>(decision.retryAfter());
            case STORE_DENIED -> new Reply.Busy<>(decision.retryAfter());
        };
    }

    /** Without the address, which may be unreadable: that is the trouble of its owner alone. */
    private Optional<Account.Standing> active(Member member) {
        return auth.accounts()
                .standing(member.tenant(), member.user())
                .filter(account -> account.state() == Account.State.ACTIVE);
    }

    private Reply<Member> answer(Setup.Result result) {
        return switch (result.kind()) {
            case CREATED -> {
                Account made = ((Setup.Result.Created) result).account();
                firstTokenUsed.run();
                yield new Reply.Done<>(new Member(made.tenant(), made.id()));
            }
            case REFUSED -> new Reply.Invalid<>(violations(((Setup.Result.Refused) result).violations()));
            case ADDRESS_TAKEN -> new Reply.Conflict<>();
            case REJECTED -> new Reply.Rejected<>();
            case BUSY -> new Reply.Busy<>(((Setup.Result.Busy) result).retryAfter());
        };
    }

    private static Reply<Accepted> answer(RegistrationResult result) {
        return switch (result.kind()) {
            case ACCEPTED -> new Reply.Done<>(Accepted.ACCEPTED);
            case REFUSED -> new Reply.Invalid<>(violations(((RegistrationResult.Refused) result).violations()));
            case THROTTLED -> new Reply.Throttled<>(((RegistrationResult.Throttled) result).retryAfter());
            case BUSY -> new Reply.Busy<>(((RegistrationResult.Busy) result).retryAfter());
        };
    }

    private static Reply<Tokens> answer(LoginResult result) {
        return switch (result.kind()) {
            case AUTHENTICATED -> new Reply.Done<>(tokens(((LoginResult.Authenticated) result).tokens()));
            case REJECTED -> new Reply.Rejected<>();
            case THROTTLED -> new Reply.Throttled<>(((LoginResult.Throttled) result).retryAfter());
            case BUSY -> new Reply.Busy<>(((LoginResult.Busy) result).retryAfter());
        };
    }

    private static Tokens tokens(SessionTokens tokens) {
        return new Tokens(tokens.accessToken(), tokens.refreshToken(), tokens.expiresIn());
    }

    private static Password password(Secret typed) {
        return Password.of(typed.reveal());
    }

    private static List<Violation> violations(List<PasswordPolicy.Violation> refused) {
        return refused.stream()
                .map(violation -> new Violation(
                        "password",
                        violation.code().name().toLowerCase(Locale.ROOT).replace('_', '-')))
                .toList();
    }

    private static TenantRole highest(Account.Standing account) {
        if (account.roles().contains(Account.Role.ADMIN)) {
            return TenantRole.ADMIN;
        }
        return account.roles().contains(Account.Role.INSTRUCTOR) ? TenantRole.INSTRUCTOR : TenantRole.STUDENT;
    }

    private static List<String> names(Account account) {
        return account.roles().stream().map(Account.Role::name).sorted().toList();
    }
}
