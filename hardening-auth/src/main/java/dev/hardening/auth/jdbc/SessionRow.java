package dev.hardening.auth.jdbc;

import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.session.LoginContext;
import dev.hardening.auth.session.SessionFamily;
import dev.hardening.auth.token.Factor;
import dev.hardening.secrets.Secret;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A row of {@code hardening_auth.sessions}, read back; factors are kept as {@code pwd@1763805600,otp@1763805660}. */
final class SessionRow {
    private SessionRow() {}

    static SessionFamily family(ResultSet row) throws SQLException {
        return new SessionFamily(
                row.getString("family_id"),
                new SessionFamily.Owner(
                        new TenantId(row.getString("tenant_id")),
                        new UserId(row.getString("user_id")),
                        new SessionId(row.getString("session_id"))),
                Secret.of(row.getBytes("nonce")),
                new SessionFamily.Head(
                        row.getString("key_id"),
                        row.getLong("generation"),
                        instant(row, "rotated_at"),
                        instant(row, "idle_expiry")),
                new SessionFamily.Life(instant(row, "created_at"), instant(row, "absolute_expiry")),
                new LoginContext(
                        factors(row.getString("factors")),
                        row.getString("user_agent"),
                        row.getString("client_address")),
                row.getLong("epoch"),
                ending(row));
    }

    static String factors(LoginContext login) {
        return login.factors().stream()
                .map(factor -> factor.method() + '@' + factor.time().getEpochSecond())
                .collect(Collectors.joining(","));
    }

    private static List<Factor> factors(String text) {
        return Arrays.stream(text.split(",", -1)).map(SessionRow::factor).toList();
    }

    private static Factor factor(String text) {
        int at = text.indexOf('@');
        return new Factor(text.substring(0, at), Instant.ofEpochSecond(Long.parseLong(text.substring(at + 1))));
    }

    private static Optional<SessionFamily.Ending> ending(ResultSet row) throws SQLException {
        OffsetDateTime endedAt = row.getObject("ended_at", OffsetDateTime.class);
        return endedAt == null
                ? Optional.empty()
                : Optional.of(new SessionFamily.Ending(endedAt.toInstant(), row.getString("ended_reason")));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }
}
