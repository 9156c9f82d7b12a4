package dev.hardening.examples.lms.adapter;

import dev.hardening.auth.Auth;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.Login;
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
import dev.hardening.secrets.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Accounts, sessions and keys by hardening-auth; also the one that knows what someone is in a school. */
public final class AccountCalls implements AuthCalls, Roles {
    private final Auth auth;
    private final AccountStore store;

    /** Speaks to the facade, and to its store where the facade has no call. */
    public AccountCalls(Auth auth, AccountStore store) {
        this.auth = Objects.requireNonNull(auth, "auth");
        this.store = Objects.requireNonNull(store, "store");
    }

    @Override
    public Reply<Accepted> register(TenantId tenant, Newcomer newcomer, Client client) {
        try (Password password = password(newcomer.password())) {
            // No name is no choice here: LMS.md asks for one.
            String name = newcomer.name().orElse("");
            return accepted(auth.registration()
                    .register(new Registration.Request(tenant, newcomer.email(), password, name, client.address())));
        }
    }

    @Override
    public Reply<Accepted> verify(Secret token, Secret typed, Client client) {
        try (Password password = password(typed)) {
            return auth.registration()
                    .confirm(token.reveal(), password, client.address())
                    .fold(
                            confirmed -> new Reply.Done<>(Accepted.ACCEPTED),
                            rejected -> new Reply.Rejected<>(),
                            busy -> new Reply.Busy<>(busy.retryAfter()));
        }
    }

    @Override
    public Reply<Accepted> resend(TenantId tenant, String email, Client client) {
        return EmailAddress.parse(email)
                .map(address -> accepted(auth.registration().resend(tenant, address)))
                .orElse(new Reply.Done<>(Accepted.ACCEPTED));
    }

    @Override
    public Reply<Tokens> login(Credentials credentials, Client client) {
        Optional<EmailAddress> email = EmailAddress.parse(credentials.email());
        // No account has an address of another form, and everyone knows that.
        return email.isEmpty() ? new Reply.Rejected<>() : login(credentials, email.get(), client);
    }

    @Override
    public Reply<Tokens> refresh(Secret refreshToken, Client client) {
        return auth.sessions()
                .refresh(refreshToken.reveal(), client.address())
                .fold(tokens -> new Reply.Done<>(tokens(tokens)), reason -> new Reply.Rejected<>());
    }

    @Override
    public void logout(Secret refreshToken, Client client) {
        auth.sessions().logout(refreshToken.reveal(), client.address());
    }

    @Override
    public Optional<Person> person(Member member) {
        return active(member)
                .map(account -> new Person(
                        account.email(),
                        account.name(),
                        account.roles().stream()
                                .map(Account.Role::name)
                                .sorted()
                                .toList()));
    }

    @Override
    public TenantRole of(Member member) {
        Set<Account.Role> roles = active(member).map(Account::roles).orElse(Set.of());
        if (roles.contains(Account.Role.ADMIN)) {
            return TenantRole.ADMIN;
        }
        return roles.contains(Account.Role.INSTRUCTOR) ? TenantRole.INSTRUCTOR : TenantRole.STUDENT;
    }

    @Override
    public Reply<Member> setUp(Secret token, Newcomer newcomer, Client client) {
        try (Password password = password(newcomer.password())) {
            Setup.Result result = auth.accounts()
                    .setup()
                    .redeem(new Setup.Request(
                            token.reveal(),
                            newcomer.email(),
                            password,
                            newcomer.name().orElse(""),
                            client.address()));
            return reply(result);
        }
    }

    @Override
    public Secret issueSetupToken(TenantId tenant) {
        return auth.accounts().setup().issueToken(tenant);
    }

    @Override
    public boolean hasAdministrator(TenantId tenant) {
        return store.existsWithRole(tenant, Account.Role.ADMIN);
    }

    @Override
    public PublicKeys publicKeys() {
        JwksDocument document = auth.jwks();
        return new PublicKeys(
                new String(document.json(), StandardCharsets.UTF_8), document.etag(), document.cacheControl());
    }

    private Reply<Tokens> login(Credentials credentials, EmailAddress email, Client client) {
        try (Password password = password(credentials.password())) {
            return auth.login()
                    .authenticate(new Login.Request(
                            credentials.tenant(),
                            email,
                            password,
                            client.userAgent().orElse(""),
                            client.address()))
                    .fold(
                            authenticated -> new Reply.Done<>(tokens(authenticated.tokens())),
                            rejected -> new Reply.Rejected<>(),
                            throttled -> new Reply.Throttled<>(throttled.retryAfter()),
                            busy -> new Reply.Busy<>(busy.retryAfter()));
        }
    }

    private Optional<Account> active(Member member) {
        return auth.accounts()
                .find(member.tenant(), member.user())
                .filter(account -> account.state() == Account.State.ACTIVE);
    }

    private static Reply<Accepted> accepted(RegistrationResult result) {
        return result.fold(
                taken -> new Reply.Done<>(Accepted.ACCEPTED),
                refused -> new Reply.Invalid<>(violations(refused.violations())),
                throttled -> new Reply.Throttled<>(throttled.retryAfter()),
                busy -> new Reply.Busy<>(busy.retryAfter()));
    }

    private static Reply<Member> reply(Setup.Result result) {
        return switch (result.kind()) {
            case CREATED -> {
                Account account = ((Setup.Result.Created) result).account();
                yield new Reply.Done<>(new Member(account.tenant(), account.id()));
            }
            case REFUSED -> new Reply.Invalid<>(violations(((Setup.Result.Refused) result).violations()));
            case ADDRESS_TAKEN -> new Reply.Conflict<>();
            case REJECTED -> new Reply.Rejected<>();
            case BUSY -> new Reply.Busy<>(((Setup.Result.Busy) result).retryAfter());
        };
    }

    private static List<Violation> violations(List<PasswordPolicy.Violation> violations) {
        return violations.stream()
                .map(violation -> new Violation("password", word(violation.code())))
                .toList();
    }

    private static String word(PasswordPolicy.Violation.Code code) {
        return code.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Password password(Secret typed) {
        return Password.of(typed.reveal());
    }

    private static Tokens tokens(SessionTokens tokens) {
        return new Tokens(tokens.accessToken(), tokens.refreshToken(), tokens.expiresIn());
    }
}
