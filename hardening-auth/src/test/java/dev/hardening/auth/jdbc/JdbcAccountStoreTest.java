package dev.hardening.auth.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.EmailAddress;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.account.Account;
import dev.hardening.auth.account.AccountStore;
import dev.hardening.auth.account.AccountStoreContract;
import dev.hardening.auth.password.Password;
import dev.hardening.testing.TestPostgres;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Set;
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
        return new JdbcAccountStore(POSTGRES.dataSource());
    }

    @AfterEach
    void empty() {
        POSTGRES.execute("DELETE FROM hardening_auth.accounts");
    }

    @Test
    void register_rowThatTheTableRefuses_isUnavailableAndQuotesNothingOfIt() {
        Instant now = Instant.parse("2026-11-22T10:00:00Z");
        AccountStore.Draft draft = new AccountStore.Draft(
                new TenantId("main"),
                new UserId("u1"),
                EmailAddress.of("alice@example.org"),
                "Alice",
                new Password.Hash("canary".repeat(200)),
                Set.of(Account.Role.STUDENT),
                now,
                now);

        var failure = assertThrows(AuthUnavailableException.class, () -> store().register(draft));

        StringWriter printed = new StringWriter();
        failure.printStackTrace(new PrintWriter(printed));
        assertFalse(printed.toString().contains("alice"));
        assertFalse(printed.toString().contains("canary"));
        assertTrue(printed.toString().contains("23514"), printed.toString());
    }

    @Test
    void find_rowThatNoTypeAccepts_isUnavailable() {
        POSTGRES.execute("INSERT INTO hardening_auth.accounts VALUES ('main', 'u2', 'no address', 'no address', 'N',"
                + " 'ACTIVE', '{}', 'hash', 1, '2026-11-22T10:00:00Z', NULL)");

        AccountStore.Stored stored =
                store().find(new TenantId("main"), new UserId("u2")).orElseThrow();

        assertThrows(AuthUnavailableException.class, stored::account);
    }

    @Test
    void anyVerb_databaseRefuses_isUnavailableAndNeverUnknown() {
        AccountStore store = new JdbcAccountStore(POSTGRES.dataSource("nobody", "wrong"));

        var failure = assertThrows(
                AuthUnavailableException.class,
                () -> store.findForLogin(new TenantId("main"), EmailAddress.of("alice@example.org")));

        assertEquals("the database did not answer", failure.getMessage());
        assertFalse(failure.getMessage().contains("alice"));
    }
}
