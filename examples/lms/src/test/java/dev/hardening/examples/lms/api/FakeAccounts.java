package dev.hardening.examples.lms.api;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.school.Roles;
import dev.hardening.examples.lms.school.TenantRole;
import dev.hardening.examples.lms.web.Violation;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.FakeClock;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Accounts in memory; a token is {@code <tenant>.<user>}, and a user's id is the local part of his address. */
final class FakeAccounts implements AuthCalls, Identity, Roles {
    /** Stands still: everyone proved who he is now, unless {@link #provenAt} says otherwise. */
    final FakeClock clock = FakeClock.create();

    final List<TenantId> registrations = new CopyOnWriteArrayList<>();
    final Map<Member, Person> people = new ConcurrentHashMap<>();
    final Map<Member, Instant> provenAt = new ConcurrentHashMap<>();
    private final Map<String, TenantId> setupTokens = new ConcurrentHashMap<>();

    Member add(String tenant, String user, TenantRole role) {
        Member member = new Member(new TenantId(tenant), new UserId(user));
        people.put(member, new Person(EmailAddress.of(user + "@example.org"), user, List.of(role.word())));
        return member;
    }

    @Override
    public TenantRole of(Member member) {
        return person(member)
                .map(person -> TenantRole.valueOf(person.roles().get(0).toUpperCase(Locale.ROOT)))
                .orElse(TenantRole.STUDENT);
    }

    @Override
    public Optional<SignedIn> caller(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null || !header.matches("Bearer [a-z0-9]+\\.[a-z0-9]+")) {
            return Optional.empty();
        }
        String[] parts = header.substring(7).split("\\.", -1);
        Member member = new Member(new TenantId(parts[0]), new UserId(parts[1]));
        return Optional.of(new SignedIn(member, provenAt.getOrDefault(member, clock.instant())));
    }

    @Override
    public Reply<Accepted> register(TenantId tenant, Newcomer newcomer, Client client) {
        if (newcomer.password().length() < 15) {
            return tooShort();
        }
        registrations.add(tenant);
        return new Reply.Done<>(Accepted.ACCEPTED);
    }

    @Override
    public Reply<Accepted> verify(Secret token, Secret password, Client client) {
        return token.reveal().equals("good") ? new Reply.Done<>(Accepted.ACCEPTED) : new Reply.Rejected<>();
    }

    @Override
    public Reply<Accepted> resend(TenantId tenant, String email, Client client) {
        return new Reply.Done<>(Accepted.ACCEPTED);
    }

    @Override
    public Reply<Tokens> login(Credentials credentials, Client client) {
        return switch (credentials.email()) {
            case "good@example.org" -> new Reply.Done<>(new Tokens("access", "refresh", Duration.ofMinutes(10)));
            case "slow@example.org" -> new Reply.Throttled<>(Duration.ofMillis(1500));
            case "busy@example.org" -> new Reply.Busy<>(Duration.ofSeconds(1));
            default -> new Reply.Rejected<>();
        };
    }

    @Override
    public Reply<Tokens> refresh(Secret refreshToken, Client client) {
        return refreshToken.reveal().equals("refresh")
                ? new Reply.Done<>(new Tokens("access2", "refresh2", Duration.ofMinutes(10)))
                : new Reply.Rejected<>();
    }

    @Override
    public void logout(Secret refreshToken, Client client) {}

    @Override
    public Optional<Person> person(Member member) {
        return Optional.ofNullable(people.get(member));
    }

    @Override
    public boolean isActive(Member member) {
        return people.containsKey(member);
    }

    @Override
    public Reply<Member> setUp(Secret token, Newcomer newcomer, Client client) {
        if (newcomer.password().length() < 15) {
            return tooShort();
        }
        TenantId tenant = setupTokens.remove(token.reveal());
        if (tenant == null) {
            return new Reply.Rejected<>();
        }
        String email = newcomer.email().canonical();
        return new Reply.Done<>(add(tenant.value(), email.substring(0, email.indexOf('@')), TenantRole.ADMIN));
    }

    @Override
    public Secret issueSetupToken(TenantId tenant) {
        String token = "setup-" + setupTokens.size();
        setupTokens.put(token, tenant);
        return Secret.of(token);
    }

    @Override
    public boolean hasAdministrator(TenantId tenant) {
        return people.keySet().stream()
                .anyMatch(member -> member.tenant().equals(tenant) && of(member) == TenantRole.ADMIN);
    }

    private static <T> Reply<T> tooShort() {
        return new Reply.Invalid<>(List.of(new Violation("password", "too-short")));
    }

    @Override
    public PublicKeys publicKeys() {
        return new PublicKeys("{\"keys\":[]}", "\"tag\"", "public, max-age=300");
    }
}
