package dev.hardening.auth.jdbc;

import static dev.hardening.auth.jdbc.AddressFixture.FIRST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.auth.jdbc.AddressRows.AccountKey;
import dev.hardening.auth.jdbc.AddressRows.Change;
import dev.hardening.auth.jdbc.AddressRows.Row;
import dev.hardening.testing.TestPostgres;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How PostgreSQL goes about the renewal in a table of some thousand rows that it knows the statistics of. */
@Tag("database")
class AddressPlanTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated(
            "dev/hardening/auth/db/V1__accounts.sql", "dev/hardening/auth/db/V3__sealed_addresses.sql");

    private static final int MANY = 20_000;
    private static final String WHOLE_TABLE = "Seq Scan on accounts";

    private final AddressFixture fixture = new AddressFixture(POSTGRES);
    private final SealedAddresses sealing = fixture.sealing(FIRST);
    private final List<String> keys = sealing.format().keysOfNow();

    @BeforeAll
    static void fill() {
        POSTGRES.execute(
                "INSERT INTO hardening_auth.accounts (tenant_id, user_id, email, email_typed, email_keys, name,"
                        + " state, roles, password_hash, credential_version, created_at) SELECT 'main', 'u' || i,"
                        + " 'bi1:' || md5(i::text)::char(22), repeat('x', 120), '0123456789abcdef:AAAAAAAAAAA', 'N', 'ACTIVE',"
                        + " '{student}', repeat('h', 100), 1, now() FROM generate_series(1, " + MANY + ") AS i");
    }

    @Test
    void due_nothingToDo_isOneLookIntoTheIndex() {
        upToDate(0);

        String plan = due(keys);

        assertTrue(plan.contains("accounts_email_keys"), plan);
        assertFalse(plan.contains(WHOLE_TABLE) || plan.contains("accounts_pkey"), plan);
    }

    @Test
    void due_nothingToDoBesideANextSecret_isOneLookIntoTheIndex() {
        upToDate(0);

        String plan = due(
                fixture.sealing(FIRST).orNext(AddressFixture.SECOND).format().keysOfNow());

        assertTrue(plan.contains("accounts_email_keys"), plan);
        assertFalse(plan.contains(WHOLE_TABLE) || plan.contains("accounts_pkey"), plan);
    }

    @Test
    void run_nothingToDo_isOneStatement() {
        upToDate(0);
        AtomicInteger statements = new AtomicInteger();
        AddressRenewal renewal = AddressRenewal.of(CountingSource.of(POSTGRES.dataSource(), statements), sealing);

        assertTrue(renewal.run(500).complete());

        assertEquals(1, statements.get());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 50, 500})
    void renew_anyBatch_looksUpItsRowsAlone(int batch) {
        upToDate(batch);
        List<Change> changes = new AddressRows(new Statements(POSTGRES.dataSource()))
                .due(keys, AccountKey.FIRST, batch).stream()
                        .map(AddressPlanTest::change)
                        .toList();
        assertEquals(batch, changes.size());

        for (String sql : List.of(AddressRows.RENEW, AddressRows.TAKEN)) {
            String plan = plan(sql, parameters -> AddressRows.bind(parameters, changes));

            assertFalse(plan.contains(WHOLE_TABLE), plan);
        }
    }

    /** All rows are up to date but so many. */
    private void upToDate(int but) {
        POSTGRES.execute("UPDATE hardening_auth.accounts SET email_keys = '" + keys.get(0) + "';"
                + " UPDATE hardening_auth.accounts SET email_keys = '0123456789abcdef:AAAAAAAAAAA' WHERE user_id IN"
                + " (SELECT user_id FROM hardening_auth.accounts ORDER BY md5(user_id) LIMIT " + but + ")");
        POSTGRES.execute("VACUUM ANALYZE hardening_auth.accounts");
    }

    private static Change change(Row row) {
        return new Change(
                row,
                new AddressFormat.Cells("bi1:" + "A".repeat(22), row.cells().text(), "new"));
    }

    private static String due(List<String> keys) {
        return plan(AddressRows.DUE, parameters -> AddressRows.bindDue(parameters, keys, AccountKey.FIRST, 500));
    }

    private static String plan(String sql, Statements.Binding binding) {
        return String.join(
                "\n", new Statements(POSTGRES.dataSource()).all("EXPLAIN " + sql, row -> row.getString(1), binding));
    }
}
