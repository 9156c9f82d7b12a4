package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.password.Password;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A row of {@code hardening_auth.accounts} as it was read; its address is opened when it is asked for.
 *
 * @param standing what is known without the address
 * @param address the cells of the address, {@code email_keys} left out
 * @param name what to call the person
 * @param createdAt when it was first registered
 * @param hash of the password
 */
record AccountRow(
        Account.Standing standing, AddressFormat.Cells address, String name, Instant createdAt, Password.Hash hash) {
    static final String COLUMNS =
            " tenant_id, user_id, email, email_typed, name, state, roles, password_hash, credential_version, created_at ";

    static AccountRow of(ResultSet row) throws SQLException {
        String[] roles = (String[]) row.getArray("roles").getArray();
        return new AccountRow(
                new Account.Standing(
                        new TenantId(row.getString("tenant_id")),
                        new UserId(row.getString("user_id")),
                        Account.State.valueOf(row.getString("state")),
                        Arrays.stream(roles).map(Account.Role::new).collect(Collectors.toSet()),
                        row.getLong("credential_version")),
                new AddressFormat.Cells(row.getString("email"), row.getString("email_typed"), ""),
                row.getString("name"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                new Password.Hash(row.getString("password_hash")));
    }

    Account account(AddressFormat addresses, UnreadableRows unreadable) {
        AddressFormat.Reading reading = addresses.read(standing.tenant(), standing.id(), address);
        EmailAddress email = reading.email().orElseThrow(() -> unreadable.tell(standing, reading.fault()));
        try {
            return new Account(
                    standing.tenant(),
                    standing.id(),
                    email,
                    name,
                    standing.state(),
                    standing.roles(),
                    createdAt,
                    standing.credentialVersion());
        } catch (IllegalArgumentException refused) {
            throw new AuthUnavailableException("the database holds a row that cannot be read", refused);
        }
    }

    /** An index moved to another row: whoever answers to this address, it is not this account. */
    Account account(AddressFormat addresses, UnreadableRows unreadable, EmailAddress foundBy) {
        Account account = account(addresses, unreadable);
        if (!account.email().equals(foundBy)) {
            throw unreadable.tell(standing, "not the one that it is found by");
        }
        return account;
    }
}
