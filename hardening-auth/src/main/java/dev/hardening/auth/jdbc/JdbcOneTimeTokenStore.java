package dev.hardening.auth.jdbc;

import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.OneTimeTokenStore;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Keeps hashes of one-time tokens in the table {@code hardening_auth.one_time_tokens} of PostgreSQL; every verb is one
 * statement.
 *
 * <p>Safe for many threads and processes. A call takes one connection for one round trip.
 */
public final class JdbcOneTimeTokenStore implements OneTimeTokenStore {
    private static final String COLUMNS =
            " token_hash, purpose, tenant_id, user_id, credential_version, holder, expires_at ";

    private static final String ISSUE = "INSERT INTO hardening_auth.one_time_tokens AS held (token_hash, purpose,"
            + " tenant_id, user_id, credential_version, holder, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (tenant_id, user_id, purpose) DO UPDATE SET token_hash = excluded.token_hash,"
            + " credential_version = excluded.credential_version, holder = excluded.holder, tries = 0,"
            + " expires_at = excluded.expires_at";

    private static final String ISSUE_UNLESS_HELD =
            ISSUE + " WHERE held.holder = excluded.holder OR held.expires_at <= ? OR held.tries >= " + MAX_TRIES;

    private static final String FIND = "SELECT" + COLUMNS + "FROM hardening_auth.one_time_tokens"
            + " WHERE token_hash = ? AND purpose = ? AND expires_at > ? AND tries < " + MAX_TRIES;

    private static final String ATTEMPT = "UPDATE hardening_auth.one_time_tokens SET tries = tries + 1"
            + " WHERE token_hash = ? AND purpose = ? AND expires_at > ? AND tries < " + MAX_TRIES + " RETURNING"
            + COLUMNS;

    private static final String MISS = "UPDATE hardening_auth.one_time_tokens SET tries = tries + 1"
            + " WHERE tenant_id = ? AND user_id = ? AND purpose = ? AND tries < " + MAX_TRIES;

    private static final String CONSUME = "DELETE FROM hardening_auth.one_time_tokens"
            + " WHERE token_hash = ? AND purpose = ? AND expires_at > ? RETURNING" + COLUMNS;

    private static final String PURGE =
            "DELETE FROM hardening_auth.one_time_tokens WHERE (tenant_id, user_id, purpose) IN"
                    + " (SELECT tenant_id, user_id, purpose FROM hardening_auth.one_time_tokens WHERE expires_at <= ?"
                    + " ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)";

    private final Statements statements;

    /**
     * Makes a store that need not be closed.
     *
     * @param source PostgreSQL with the schema {@code hardening_auth}; a statement takes at most 2 s, 3 s where the
     *     network is gone; how long to wait for a connection is the source's to bound, and all of it with a driver that
     *     knows no network timeout
     */
    public JdbcOneTimeTokenStore(DataSource source) {
        statements = new Statements(Objects.requireNonNull(source, "source"));
    }

    @Override
    public void issueReplacingSiblings(Entry entry) {
        statements.update(ISSUE, parameters -> bind(parameters, entry));
    }

    @Override
    public boolean issueUnlessHeld(Entry entry, Instant now) {
        return statements.update(
                        ISSUE_UNLESS_HELD, parameters -> bind(parameters, entry).instant(now))
                == 1;
    }

    @Override
    public Optional<Entry> find(String hash, Purpose purpose, Instant now) {
        return read(FIND, hash, purpose, now);
    }

    @Override
    public Optional<Entry> attempt(String hash, Purpose purpose, Instant now) {
        return read(ATTEMPT, hash, purpose, now);
    }

    @Override
    public void countMiss(TenantId tenant, UserId user, Purpose purpose) {
        statements.update(
                MISS,
                parameters -> parameters.text(tenant.value()).text(user.value()).text(purpose.name()));
    }

    @Override
    public Optional<Entry> consume(String hash, Purpose purpose, Instant now) {
        return read(CONSUME, hash, purpose, now);
    }

    @Override
    public int purgeExpired(Instant now, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        return statements.update(PURGE, parameters -> parameters.instant(now).number(batch));
    }

    private Optional<Entry> read(String sql, String hash, Purpose purpose, Instant now) {
        return statements.one(
                sql,
                JdbcOneTimeTokenStore::entry,
                parameters -> parameters
                        .bytes(HexFormat.of().parseHex(hash))
                        .text(purpose.name())
                        .instant(now));
    }

    private static Statements.Parameters bind(Statements.Parameters parameters, Entry entry) throws SQLException {
        return parameters
                .bytes(HexFormat.of().parseHex(entry.hash()))
                .text(entry.purpose().name())
                .text(entry.tenant().value())
                .text(entry.user().value())
                .number(entry.credentialVersion())
                .text(entry.holder())
                .instant(entry.expiresAt());
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                HexFormat.of().formatHex(row.getBytes("token_hash")),
                Purpose.valueOf(row.getString("purpose")),
                new TenantId(row.getString("tenant_id")),
                new UserId(row.getString("user_id")),
                row.getLong("credential_version"),
                row.getString("holder"),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }
}
