package dev.hardening.auth.jdbc;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.password.Password;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Keeps accounts in the table {@code hardening_auth.accounts} of PostgreSQL; every verb is one statement.
 *
 * <p>Safe for many threads and processes. A call takes one connection for one round trip.
 */
public final class JdbcAccountStore implements AccountStore {
    private static final String COLUMNS =
            " tenant_id, user_id, email_typed, name, state, roles, password_hash, credential_version, created_at ";

    private static final String WRITE = "INSERT INTO hardening_auth.accounts AS known (tenant_id, user_id, email,"
            + " email_typed, name, state, roles, password_hash, credential_version, created_at, pending_until)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, %s)"
            + " ON CONFLICT (tenant_id, email) DO UPDATE SET email_typed = excluded.email_typed,"
            + " name = excluded.name, state = excluded.state, roles = excluded.roles,"
            + " password_hash = excluded.password_hash, credential_version = known.credential_version + 1,"
            + " pending_until = excluded.pending_until WHERE known.state = 'UNVERIFIED' RETURNING" + COLUMNS;

    private static final String REGISTER = WRITE.replace("%s", "?");

    private static final String CREATE = WRITE.replace("%s", "NULL");

    private static final String FIND_BY_EMAIL =
            "SELECT" + COLUMNS + "FROM hardening_auth.accounts WHERE tenant_id = ? AND email = ?";

    private static final String FIND_BY_ID =
            "SELECT" + COLUMNS + "FROM hardening_auth.accounts WHERE tenant_id = ? AND user_id = ?";

    private static final String ACTIVATE = "UPDATE hardening_auth.accounts SET state = 'ACTIVE', pending_until = NULL"
            + " WHERE tenant_id = ? AND user_id = ? AND credential_version = ? AND state = 'UNVERIFIED'";

    private static final String SET_STATE =
            "UPDATE hardening_auth.accounts SET state = ? WHERE tenant_id = ? AND user_id = ? AND state = ?";

    private static final String REPLACE_HASH = "UPDATE hardening_auth.accounts SET password_hash = ?"
            + " WHERE tenant_id = ? AND user_id = ? AND password_hash = ?";

    private static final String EXISTS_WITH_ROLE = "SELECT 1 FROM hardening_auth.accounts"
            + " WHERE tenant_id = ? AND state <> 'UNVERIFIED' AND ? = ANY (roles) LIMIT 1";

    private static final String PURGE = "DELETE FROM hardening_auth.accounts WHERE (tenant_id, user_id) IN"
            + " (SELECT tenant_id, user_id FROM hardening_auth.accounts WHERE pending_until <= ?"
            + " ORDER BY pending_until LIMIT ? FOR UPDATE SKIP LOCKED)";

    private final Statements statements;

    /**
     * Makes a store that need not be closed.
     *
     * @param source PostgreSQL with the schema {@code hardening_auth}; a statement takes at most 2 s, 3 s where the
     *     network is gone; how long to wait for a connection is the source's to bound, and all of it with a driver that
     *     knows no network timeout
     */
    public JdbcAccountStore(DataSource source) {
        statements = new Statements(Objects.requireNonNull(source, "source"));
    }

    @Override
    public Optional<Account> register(Draft draft) {
        return write(draft, Account.State.UNVERIFIED);
    }

    @Override
    public Optional<Account> create(Draft draft) {
        return write(draft, Account.State.ACTIVE);
    }

    @Override
    public Optional<Stored> findForLogin(TenantId tenant, EmailAddress email) {
        return statements.one(
                FIND_BY_EMAIL,
                JdbcAccountStore::stored,
                parameters -> parameters.text(tenant.value()).text(email.canonical()));
    }

    @Override
    public Optional<Stored> find(TenantId tenant, UserId user) {
        return statements.one(
                FIND_BY_ID,
                JdbcAccountStore::stored,
                parameters -> parameters.text(tenant.value()).text(user.value()));
    }

    @Override
    public boolean activate(TenantId tenant, UserId user, long credentialVersion) {
        return changed(
                ACTIVATE,
                parameters -> parameters.text(tenant.value()).text(user.value()).number(credentialVersion));
    }

    @Override
    public boolean disable(TenantId tenant, UserId user) {
        return move(tenant, user, Account.State.ACTIVE, Account.State.DISABLED);
    }

    @Override
    public boolean enable(TenantId tenant, UserId user) {
        return move(tenant, user, Account.State.DISABLED, Account.State.ACTIVE);
    }

    @Override
    public boolean replaceHash(TenantId tenant, UserId user, Password.Hash expected, Password.Hash next) {
        return changed(
                REPLACE_HASH,
                parameters -> parameters
                        .text(next.text())
                        .text(tenant.value())
                        .text(user.value())
                        .text(expected.text()));
    }

    @Override
    public boolean existsWithRole(TenantId tenant, Account.Role role) {
        return statements
                .one(
                        EXISTS_WITH_ROLE,
                        row -> true,
                        parameters -> parameters.text(tenant.value()).text(role.name()))
                .isPresent();
    }

    @Override
    public int purgeExpired(Instant now, int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        return statements.update(PURGE, parameters -> parameters.instant(now).number(batch));
    }

    private boolean move(TenantId tenant, UserId user, Account.State expected, Account.State next) {
        return changed(
                SET_STATE,
                parameters -> parameters
                        .text(next.name())
                        .text(tenant.value())
                        .text(user.value())
                        .text(expected.name()));
    }

    private Optional<Account> write(Draft draft, Account.State state) {
        boolean pending = state == Account.State.UNVERIFIED;
        return statements
                .one(
                        pending ? REGISTER : CREATE,
                        JdbcAccountStore::stored,
                        parameters -> bind(parameters, draft, state))
                .map(Stored::account);
    }

    private static void bind(Statements.Parameters parameters, Draft draft, Account.State state) throws SQLException {
        parameters
                .text(draft.tenant().value())
                .text(draft.id().value())
                .text(draft.email().canonical())
                .text(draft.email().asTyped())
                .text(draft.name())
                .text(state.name())
                .texts(draft.roles().stream().map(Account.Role::name).sorted().toList())
                .text(draft.hash().text())
                .instant(draft.createdAt());
        if (state == Account.State.UNVERIFIED) {
            parameters.instant(draft.pendingUntil());
        }
    }

    private boolean changed(String sql, Statements.Binding binding) {
        return statements.update(sql, binding) == 1;
    }

    private static Stored stored(ResultSet row) throws SQLException {
        String[] roles = (String[]) row.getArray("roles").getArray();
        Account account = new Account(
                new TenantId(row.getString("tenant_id")),
                new UserId(row.getString("user_id")),
                EmailAddress.of(row.getString("email_typed")),
                row.getString("name"),
                Account.State.valueOf(row.getString("state")),
                Arrays.stream(roles).map(Account.Role::new).collect(Collectors.toSet()),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getLong("credential_version"));
        return new Stored(account, new Password.Hash(row.getString("password_hash")));
    }
}
