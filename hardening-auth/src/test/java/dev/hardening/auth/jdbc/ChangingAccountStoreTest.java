package dev.hardening.auth.jdbc;

import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AccountStoreContract;
import dev.hardening.testing.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What every store must do, while old secrets and rows in the clear are still allowed. */
@Tag("database")
class ChangingAccountStoreTest extends AccountStoreContract {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/auth/db/V1__accounts.sql", "dev/hardening/auth/db/V3__sealed_addresses.sql");

    private final AddressFixture fixture = new AddressFixture(POSTGRES);

    @Override
    protected AccountStore store() {
        return fixture.store(fixture.sealing(AddressFixture.SECOND)
                .orPrevious(AddressFixture.FIRST)
                .allowPlain());
    }

    @AfterEach
    void empty() {
        POSTGRES.execute("DELETE FROM hardening_auth.accounts");
    }
}
