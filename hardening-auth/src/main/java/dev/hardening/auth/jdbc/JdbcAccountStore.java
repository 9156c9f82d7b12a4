package dev.hardening.auth.jdbc;

import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.password.Password;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * Keeps accounts in the table {@code hardening_auth.accounts} of PostgreSQL; every verb is one statement.
 *
 * <p>Safe for many threads and processes. A call takes one connection for one round trip.
 */
public final class JdbcAccountStore implements AccountStore {
    private static final String FIND_BY_EMAIL = "SELECT" + AccountRow.COLUMNS + "FROM hardening_auth.accounts"
            + " WHERE tenant_id = ? AND email = ANY (?)"
            + " ORDER BY state = 'UNVERIFIED', array_position(?, email) LIMIT 1";

    private static final String FIND_BY_ID =
            "SELECT" + AccountRow.COLUMNS + "FROM hardening_auth.accounts WHERE tenant_id = ? AND user_id = ?";

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
    private final AddressFormat addresses;
    private final AccountInsert insert;
    private final UnreadableRows unreadable;

    /**
     * Makes a store that keeps addresses in the clear and need not be closed.
     *
     * @param source PostgreSQL with the schema {@code hardening_auth}; a statement takes at most 2 s, 3 s where the
     *     network is gone; how long to wait for a connection is the source's to bound, and all of it with a driver that
     *     knows no network timeout
     */
    public JdbcAccountStore(DataSource source) {
        statements = new Statements(Objects.requireNonNull(source, "source"));
        addresses = new PlainAddressFormat();
        insert = AccountInsert.plain(addresses);
        unreadable = new UnreadableRows(System::nanoTime);
    }

    /**
     * Makes a store that seals addresses and need not be closed. An account whose address does not open for its row, or
     * is not the one that it was found by, is found, but {@link Stored#account} is unavailable: such a row was changed by
     * other hands, or its key was disabled too early. The log names it by its ids, once an hour.
     *
     * @param source as for a store without sealing
     * @param sealing what addresses are sealed under
     */
    public JdbcAccountStore(DataSource source, SealedAddresses sealing) {
        this(source, sealing, System::nanoTime);
    }

    JdbcAccountStore(DataSource source, SealedAddresses sealing, LongSupplier ticker) {
        statements = new Statements(Objects.requireNonNull(source, "source"));
        addresses = Objects.requireNonNull(sealing, "sealing").format();
        insert = AccountInsert.sealed(addresses);
        unreadable = new UnreadableRows(ticker);
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
        List<String> lookups = addresses.lookups(tenant, email);
        return row(
                        FIND_BY_EMAIL,
                        parameters ->
                                parameters.text(tenant.value()).texts(lookups).texts(lookups))
                .map(row -> Stored.closed(row.standing(), row.hash(), () -> row.account(addresses, unreadable, email)));
    }

    @Override
    public Optional<Stored> find(TenantId tenant, UserId user) {
        return row(FIND_BY_ID, parameters -> parameters.text(tenant.value()).text(user.value()))
                .map(row -> Stored.closed(row.standing(), row.hash(), () -> row.account(addresses, unreadable)));
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
        return row(insert.sql(), insert.binding(draft, state)).map(row -> row.account(addresses, unreadable));
    }

    private Optional<AccountRow> row(String sql, Statements.Binding binding) {
        return statements.one(sql, AccountRow::of, binding);
    }

    private boolean changed(String sql, Statements.Binding binding) {
        return statements.update(sql, binding) == 1;
    }
}
