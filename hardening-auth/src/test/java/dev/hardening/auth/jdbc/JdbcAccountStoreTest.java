package dev.hardening.auth.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AccountStoreContract;
import dev.hardening.testing.TestPostgres;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
class JdbcAccountStoreTest extends AccountStoreContract {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/auth/db/V1__accounts.sql");

    @Override
    protected AccountStore store() {
        return JdbcAccountStore.create(POSTGRES.dataSource());
    }

    @AfterEach
    void empty() {
        POSTGRES.execute("DELETE FROM hardening_auth.accounts");
    }

    @Test
    void anyVerb_databaseRefuses_isUnavailableAndNeverUnknown() {
        AccountStore store = JdbcAccountStore.create(POSTGRES.dataSource("nobody", "wrong"));

        var failure = assertThrows(
                AuthUnavailableException.class,
                () -> store.findForLogin(new TenantId("main"), EmailAddress.of("alice@example.org")));

        assertEquals("the database did not answer", failure.getMessage());
        assertFalse(failure.getMessage().contains("alice"));
    }
}
