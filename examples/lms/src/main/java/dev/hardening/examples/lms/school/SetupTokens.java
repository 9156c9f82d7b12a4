package dev.hardening.examples.lms.school;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;

/**
 * One-time tokens that make the first administrator of a school.
 *
 * <p>A token reads {@code <tenant>.<256 random bits>}; the database keeps its SHA-256 alone, one row a school. It is worn
 * out by {@value #TRIES} wrong ones, by use, by its expiry, and as soon as the school has an administrator.
 */
public final class SetupTokens {
    /** How many wrong tokens a school takes before a new one must be issued. */
    public static final int TRIES = 5;

    private static final Duration FIRST_START = Duration.ofHours(24);
    private static final Duration NEW_TENANT = Duration.ofDays(7);
    private static final Duration SIMULTANEOUS_STARTS = Duration.ofMinutes(1);
    private static final int BYTES = 32;

    private final Tenancy tenancy;
    private final SecureRandom random;
    private final Clock clock;

    SetupTokens(Tenancy tenancy, SecureRandom random, Clock clock) {
        this.tenancy = tenancy;
        this.random = random;
        this.clock = clock;
    }

    /**
     * Issues the token of {@link Tenants#MAIN} at a start, valid 24 h, in place of the one of an earlier start.
     *
     * @param instance names this process's data folder, so that of two processes that start together on an empty
     *     database one issues and the other leaves it alone
     * @return the token to write down, or empty if the school has an administrator or another process has just issued it
     */
    public Optional<String> issueAtStart(String instance) {
        return tenancy.in(Tenants.MAIN, connection -> {
            Instant now = clock.instant();
            Instant simultaneous = now.minus(SIMULTANEOUS_STARTS);
            return Members.anyAdmin(connection, Tenants.MAIN)
                    ? Optional.empty()
                    : issue(connection, new Issue(Tenants.MAIN, instance, FIRST_START), simultaneous);
        });
    }

    /**
     * Issues the token of a school that has just been made, valid 7 days, in place of an earlier one.
     *
     * @throws IllegalStateException if there is no such school
     */
    public String issueFor(TenantId tenant) {
        return tenancy.in(tenant, connection -> issue(connection, new Issue(tenant, "call", NEW_TENANT), Instant.MAX))
                .orElseThrow(() -> new IllegalStateException("a token was not issued"));
    }

    /**
     * Uses a token up.
     *
     * @param token what was presented
     * @param create makes the account and returns its id, or empty if it does not; then the token stays good. Runs
     *     within the transaction that holds the token, so of two callers with one token only one gets here
     * @return the new administrator, {@link Refusal#BAD_TOKEN}, or {@link Refusal#CONFLICT} if {@code create} made none
     */
    public Outcome<Member> redeem(String token, Function<TenantId, Optional<UserId>> create) {
        int dot = token.indexOf('.');
        if (dot < 0 || !TenantId.accepts(token.substring(0, dot))) {
            return Outcome.refused(Refusal.BAD_TOKEN);
        }
        TenantId tenant = new TenantId(token.substring(0, dot));
        return tenancy.in(tenant, connection -> {
            if (!accept(connection, tenant, token)) {
                return Outcome.refused(Refusal.BAD_TOKEN);
            }
            Optional<Member> admin = create.apply(tenant).map(user -> new Member(tenant, user));
            if (admin.isEmpty()) {
                return Outcome.refused(Refusal.CONFLICT);
            }
            Members.grant(connection, admin.get(), TenantRole.ADMIN, clock);
            Sql.update(connection, "DELETE FROM lms.setup_tokens WHERE tenant = ?", tenant.value());
            return Outcome.done(admin.get());
        });
    }

    private boolean accept(Connection connection, TenantId tenant, String token) throws SQLException {
        Optional<byte[]> hash = Sql.first(
                connection,
                row -> row.getBytes(1),
                "SELECT hash FROM lms.setup_tokens WHERE tenant = ? AND tries_left > 0 AND expires_at > ? FOR UPDATE",
                tenant.value(),
                clock.instant());
        if (hash.isEmpty() || Members.anyAdmin(connection, tenant)) {
            return false;
        }
        if (MessageDigest.isEqual(hash.get(), sha256(token))) {
            return true;
        }
        Sql.update(
                connection, "UPDATE lms.setup_tokens SET tries_left = tries_left - 1 WHERE tenant = ?", tenant.value());
        return false;
    }

    private Optional<String> issue(Connection connection, Issue issue, Instant olderThan) throws SQLException {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String token =
                issue.tenant() + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Instant now = clock.instant();
        boolean always = olderThan.equals(Instant.MAX);
        int stored = Sql.update(
                connection,
                "INSERT INTO lms.setup_tokens AS t (tenant, hash, issuer, issued_at, expires_at, tries_left)"
                        + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant) DO UPDATE SET hash = excluded.hash,"
                        + " issuer = excluded.issuer, issued_at = excluded.issued_at,"
                        + " expires_at = excluded.expires_at, tries_left = excluded.tries_left"
                        + " WHERE ? OR t.issuer = excluded.issuer OR t.issued_at < ?",
                issue.tenant().value(),
                sha256(token),
                issue.issuer(),
                now,
                now.plus(issue.life()),
                TRIES,
                always,
                always ? now : olderThan);
        return stored == 0 ? Optional.empty() : Optional.of(token);
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JRE has SHA-256", missing);
        }
    }

    private record Issue(TenantId tenant, String issuer, Duration life) {}
}
