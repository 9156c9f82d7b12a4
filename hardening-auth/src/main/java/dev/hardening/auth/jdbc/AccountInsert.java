package dev.hardening.auth.jdbc;

import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore.Draft;
import dev.hardening.auth.jdbc.AddressFormat.Cells;
import java.sql.SQLException;
import java.util.List;

/**
 * The statement that writes an account unless its address is that of a proved one.
 *
 * <p>An unproved account of the same address is replaced and takes over the new id, since a sealed address opens for one
 * id alone; nothing but a link that is dead from now on referred to the old one.
 *
 * <p>The unique column alone does not see an account that stands under another key or in the clear. Where addresses are
 * sealed the statement therefore locks such rows, which shows them as they are now and not as its snapshot has them,
 * removes unproved ones, and inserts nothing where one is proved.
 */
final class AccountInsert {
    private static final String REPLACE = " ON CONFLICT (tenant_id, email) DO UPDATE SET user_id = excluded.user_id,"
            + " email_typed = excluded.email_typed,%s name = excluded.name, state = excluded.state,"
            + " roles = excluded.roles, password_hash = excluded.password_hash,"
            + " credential_version = known.credential_version + 1, pending_until = excluded.pending_until"
            + " WHERE known.state = 'UNVERIFIED' RETURNING" + AccountRow.COLUMNS;

    private static final String PLAIN = "INSERT INTO hardening_auth.accounts AS known (tenant_id, user_id, email,"
            + " email_typed, name, state, roles, password_hash, pending_until, created_at, credential_version)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)" + REPLACE.replace("%s", "");

    private static final String SEALED =
            "WITH others AS (SELECT tenant_id, user_id, state, credential_version, created_at"
                    + " FROM hardening_auth.accounts WHERE tenant_id = ? AND email = ANY (?) FOR UPDATE),"
                    + " gone AS (DELETE FROM hardening_auth.accounts AS account USING others"
                    + " WHERE others.state = 'UNVERIFIED' AND account.tenant_id = others.tenant_id"
                    + " AND account.user_id = others.user_id RETURNING others.credential_version, others.created_at)"
                    + " INSERT INTO hardening_auth.accounts AS known (email_keys, tenant_id, user_id, email, email_typed, name,"
                    + " state, roles, password_hash, pending_until, created_at, credential_version)"
                    + " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce((SELECT min(created_at) FROM gone), ?),"
                    + " coalesce((SELECT max(credential_version) FROM gone), 0) + 1"
                    + " WHERE NOT EXISTS (SELECT 1 FROM others WHERE state <> 'UNVERIFIED')"
                    + REPLACE.replace("%s", " email_keys = excluded.email_keys,");

    private final AddressFormat addresses;
    private final boolean sealed;

    private AccountInsert(AddressFormat addresses, boolean sealed) {
        this.addresses = addresses;
        this.sealed = sealed;
    }

    static AccountInsert plain(AddressFormat addresses) {
        return new AccountInsert(addresses, false);
    }

    static AccountInsert sealed(AddressFormat addresses) {
        return new AccountInsert(addresses, true);
    }

    String sql() {
        return sealed ? SEALED : PLAIN;
    }

    /** Seals before there is a connection: the ring may need one to read its store. */
    Statements.Binding binding(Draft draft, Account.State state) {
        Cells cells = addresses.cells(draft.tenant(), draft.id(), draft.email());
        List<String> others = sealed ? addresses.others(draft.tenant(), draft.email()) : List.of();
        return parameters -> {
            if (sealed) {
                parameters.text(draft.tenant().value()).texts(others).text(cells.keys());
            }
            bind(parameters, draft, cells, state);
        };
    }

    private static void bind(Statements.Parameters parameters, Draft draft, Cells cells, Account.State state)
            throws SQLException {
        parameters
                .text(draft.tenant().value())
                .text(draft.id().value())
                .text(cells.lookup())
                .text(cells.text())
                .text(draft.name())
                .text(state.name())
                .texts(draft.roles().stream().map(Account.Role::name).sorted().toList())
                .text(draft.hash().text());
        if (state == Account.State.UNVERIFIED) {
            parameters.instant(draft.pendingUntil());
        } else {
            parameters.noInstant();
        }
        parameters.instant(draft.createdAt());
    }
}
