package dev.hardening.examples.lms.api;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.examples.lms.school.Member;
import dev.hardening.examples.lms.web.Violation;
import dev.hardening.secrets.Secret;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Accounts in memory; a token is {@code <tenant>.<user>}, and a user's id is the local part of his address. */
final class FakeAccounts implements AuthCalls, Identity {
    final List<Registration> registrations = new CopyOnWriteArrayList<>();
    final Map<Member, Person> people = new ConcurrentHashMap<>();

    Member add(String tenant, String user) {
        Member member = new Member(new TenantId(tenant), new UserId(user));
        people.put(member, new Person(EmailAddress.of(user + "@example.org"), Optional.empty()));
        return member;
    }

    @Override
    public Optional<Member> caller(HttpServletRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null || !header.matches("Bearer [a-z0-9]+\\.[a-z0-9]+")) {
            return Optional.empty();
        }
        String[] parts = header.substring(7).split("\\.", -1);
        return Optional.of(new Member(new TenantId(parts[0]), new UserId(parts[1])));
    }

    @Override
    public Reply<Accepted> register(Registration registration, Client client) {
        if (registration.password().length() < 15) {
            return new Reply.Invalid<>(List.of(new Violation("password", "too-short")));
        }
        registrations.add(registration);
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
    public Reply<UserId> createAdministrator(Registration registration, Client client) {
        if (registration.password().length() < 15) {
            return new Reply.Invalid<>(List.of(new Violation("password", "too-short")));
        }
        String email = registration.email().canonical();
        String user = email.substring(0, email.indexOf('@'));
        return new Reply.Done<>(
                add(registration.tenant().orElseThrow().value(), user).user());
    }

    @Override
    public byte[] jwks() {
        return "{\"keys\":[]}".getBytes(StandardCharsets.UTF_8);
    }
}
