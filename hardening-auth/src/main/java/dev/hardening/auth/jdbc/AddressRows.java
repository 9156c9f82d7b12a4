package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** The statements of {@link AddressRenewal}; each is a transaction of its own, and none writes a row that was changed. */
final class AddressRows {
    static final String DUE = "SELECT tenant_id, user_id, email, email_typed, email_keys"
            + " FROM hardening_auth.accounts WHERE (email_keys < ? OR (email_keys > ? AND email_keys < ?) OR email_keys > ?)"
            + " AND (tenant_id, user_id) > (?, ?)"
            + " ORDER BY tenant_id, user_id LIMIT ?";

    private static final String CHANGES = "unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],"
            + " ?::text[]) AS change (tenant_id, user_id, old_email, old_typed, email, email_typed, email_keys)";

    /** Kept as a query for each change by its OFFSET: the planner must not read the whole table instead. */
    private static final String OTHER =
            "SELECT other.user_id FROM hardening_auth.accounts AS other WHERE other.tenant_id ="
                    + " change.tenant_id AND other.email = change.email AND other.user_id <> change.user_id OFFSET 0";

    /** One look-up for each change, and around rows that others hold: two renewals never wait for each other. */
    static final String RENEW = "UPDATE hardening_auth.accounts AS account SET email = due.email,"
            + " email_typed = due.email_typed, email_keys = due.email_keys"
            + " FROM (SELECT change.* FROM " + CHANGES + " CROSS JOIN LATERAL (SELECT 1"
            + " FROM hardening_auth.accounts AS held WHERE held.tenant_id = change.tenant_id"
            + " AND held.user_id = change.user_id AND held.email = change.old_email"
            + " AND held.email_typed = change.old_typed FOR UPDATE SKIP LOCKED) AS held"
            + " WHERE NOT EXISTS (" + OTHER + ") OFFSET 0) AS due"
            + " WHERE account.tenant_id = due.tenant_id AND account.user_id = due.user_id"
            + " RETURNING account.tenant_id, account.user_id";

    /** A row that is gone by now, such as one that was registered again meanwhile, collides with nothing. */
    static final String TAKEN = "SELECT change.tenant_id, change.user_id, owner.user_id AS owner FROM " + CHANGES
            + " CROSS JOIN LATERAL (" + OTHER + ") AS owner"
            + " WHERE EXISTS (SELECT 1 FROM hardening_auth.accounts AS mine WHERE mine.tenant_id = change.tenant_id"
            + " AND mine.user_id = change.user_id AND mine.email = change.old_email"
            + " AND mine.email_typed = change.old_typed OFFSET 0)";

    private static final String REMOVE_UNPROVED = "DELETE FROM hardening_auth.accounts AS account USING " + CHANGES
            + " WHERE account.tenant_id = change.tenant_id AND account.user_id = change.user_id"
            + " AND account.email = change.old_email AND account.email_typed = change.old_typed"
            + " AND account.state = 'UNVERIFIED' AND EXISTS (" + OTHER + ")";

    private static final String REMOVE_UNPROVED_OTHER = "DELETE FROM hardening_auth.accounts AS account USING "
            + CHANGES + " WHERE account.tenant_id = change.tenant_id AND account.email = change.email"
            + " AND account.user_id <> change.user_id AND account.state = 'UNVERIFIED'"
            + " AND EXISTS (SELECT 1 FROM hardening_auth.accounts AS proved WHERE proved.tenant_id = change.tenant_id"
            + " AND proved.user_id = change.user_id AND proved.email_typed = change.old_typed AND proved.state <> 'UNVERIFIED')";

    private final Statements statements;

    AddressRows(Statements statements) {
        this.statements = statements;
    }

    /**
     * Which account.
     *
     * @param tenant the school; empty for none
     * @param user its id; empty for none
     */
    record AccountKey(String tenant, String user) {
        static final AccountKey FIRST = new AccountKey("", "");

        static AccountKey of(ResultSet row) throws SQLException {
            return new AccountKey(row.getString("tenant_id"), row.getString("user_id"));
        }
    }

    /**
     * A row as it was read.
     *
     * @param key which
     * @param cells what stands there
     */
    record Row(AccountKey key, AddressFormat.Cells cells) {
        static Row of(ResultSet row) throws SQLException {
            return new Row(
                    AccountKey.of(row),
                    new AddressFormat.Cells(
                            row.getString("email"), row.getString("email_typed"), row.getString("email_keys")));
        }

        TenantId tenant() {
            return new TenantId(key.tenant());
        }

        UserId user() {
            return new UserId(key.user());
        }
    }

    /**
     * What is to become of a row.
     *
     * @param row as it was read
     * @param cells what shall stand there
     */
    record Change(Row row, AddressFormat.Cells cells) {
        AccountKey key() {
            return row.key();
        }
    }

    /** How an address that is of no use is spoken of. */
    static String fault(AccountKey key, String fault) {
        return "the address of user " + key.user() + " of tenant " + key.tenant() + " is " + fault;
    }

    /** The next rows that name other keys than these, one or two in their order, in the order of the primary key. */
    List<Row> due(List<String> keys, AccountKey after, int batch) {
        return statements.all(DUE, Row::of, parameters -> bindDue(parameters, keys, after, batch));
    }

    /** Writes what is still as it was read and collides with nothing, and tells which that was. */
    Set<AccountKey> renew(List<Change> changes) {
        try {
            return keys(RENEW, changes);
        } catch (AuthUnavailableException failure) {
            if (!Statements.collided(failure)) {
                throw failure;
            }
            return changes.size() == 1 ? Set.of() : oneByOne(changes);
        }
    }

    /** Those of the changes that are still due and whose index another account has, with the user id of that one. */
    Map<AccountKey, String> taken(List<Change> changes) {
        if (changes.isEmpty()) {
            return Map.of();
        }
        Map<AccountKey, String> owners = new HashMap<>();
        statements
                .all(
                        TAKEN,
                        row -> Map.entry(AccountKey.of(row), row.getString("owner")),
                        parameters -> bind(parameters, changes))
                .forEach(taken -> owners.put(taken.getKey(), taken.getValue()));
        return owners;
    }

    /** Removes the row itself, if it is unproved and its index is taken. */
    boolean removeUnproved(Change change) {
        return statements.update(REMOVE_UNPROVED, parameters -> bind(parameters, List.of(change))) > 0;
    }

    /** Removes the account that has the index, if it is unproved. */
    boolean removeUnprovedOther(Change change) {
        return statements.update(REMOVE_UNPROVED_OTHER, parameters -> bind(parameters, List.of(change))) > 0;
    }

    private Set<AccountKey> oneByOne(List<Change> changes) {
        Set<AccountKey> written = new HashSet<>();
        changes.forEach(change -> written.addAll(renew(List.of(change))));
        return written;
    }

    private Set<AccountKey> keys(String sql, List<Change> changes) {
        return changes.isEmpty()
                ? Set.of()
                : Set.copyOf(statements.all(sql, AccountKey::of, parameters -> bind(parameters, changes)));
    }

    static void bindDue(Statements.Parameters parameters, List<String> keys, AccountKey after, int batch)
            throws SQLException {
        String first = keys.get(0);
        String last = keys.get(keys.size() - 1);
        parameters
                .text(first)
                .text(first)
                .text(last)
                .text(last)
                .text(after.tenant())
                .text(after.user())
                .number(batch);
    }

    static void bind(Statements.Parameters parameters, List<Change> changes) throws SQLException {
        parameters
                .texts(column(changes, change -> change.key().tenant()))
                .texts(column(changes, change -> change.key().user()))
                .texts(column(changes, change -> change.row().cells().lookup()))
                .texts(column(changes, change -> change.row().cells().text()))
                .texts(column(changes, change -> change.cells().lookup()))
                .texts(column(changes, change -> change.cells().text()))
                .texts(column(changes, change -> change.cells().keys()));
    }

    private static List<String> column(List<Change> changes, Function<Change, String> cell) {
        return changes.stream().map(cell).toList();
    }
}
