package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore.Stored;
import dev.hardening.auth.password.Password;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A row of {@code hardening_auth.accounts} as it was read; its address is opened once the connection is back.
 *
 * @param tenant the school
 * @param user its id
 * @param address the cells of the address, {@code email_keys} left out
 * @param name what to call the person
 * @param standing what else there is
 */
record AccountRow(TenantId tenant, UserId user, AddressFormat.Cells address, String name, Standing standing) {
    static final String COLUMNS =
            " tenant_id, user_id, email, email_typed, name, state, roles, password_hash, credential_version, created_at ";

    /**
     * What may be done with the account.
     *
     * @param state whether a login is possible
     * @param roles what the person may do
     * @param createdAt when it was first registered
     * @param version of the password
     * @param hash of the password
     */
    record Standing(
            Account.State state, Set<Account.Role> roles, Instant createdAt, long version, Password.Hash hash) {}

    static AccountRow of(ResultSet row) throws SQLException {
        String[] roles = (String[]) row.getArray("roles").getArray();
        return new AccountRow(
                new TenantId(row.getString("tenant_id")),
                new UserId(row.getString("user_id")),
                new AddressFormat.Cells(row.getString("email"), row.getString("email_typed"), ""),
                row.getString("name"),
                new Standing(
                        Account.State.valueOf(row.getString("state")),
                        Arrays.stream(roles).map(Account.Role::new).collect(Collectors.toSet()),
                        row.getObject("created_at", OffsetDateTime.class).toInstant(),
                        row.getLong("credential_version"),
                        new Password.Hash(row.getString("password_hash"))));
    }

    Stored stored(AddressFormat addresses) {
        AddressFormat.Reading reading = addresses.read(tenant, user, address);
        EmailAddress email = reading.email()
                .orElseThrow(() -> new AuthUnavailableException(
                        "the address of user " + user + " of tenant " + tenant + " is " + reading.fault()));
        try {
            return new Stored(
                    new Account(
                            tenant,
                            user,
                            email,
                            name,
                            standing.state(),
                            standing.roles(),
                            standing.createdAt(),
                            standing.version()),
                    standing.hash());
        } catch (IllegalArgumentException refused) {
            throw new AuthUnavailableException("the database holds a row that cannot be read", refused);
        }
    }
}
