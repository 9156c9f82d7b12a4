package dev.hardening.auth.jdbc;

import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AccountStoreContract;
import dev.hardening.testing.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What every store must do, in the clear in a table that could hold sealed addresses. */
@Tag("database")
class UnsealedAccountStoreTest extends AccountStoreContract {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/auth/db/V1__accounts.sql", "dev/hardening/auth/db/V3__sealed_addresses.sql");

    private final AddressFixture fixture = new AddressFixture(POSTGRES);

    @Override
    protected AccountStore store() {
        return fixture.plain();
    }

    @AfterEach
    void empty() {
        POSTGRES.execute("DELETE FROM hardening_auth.accounts");
    }
}
