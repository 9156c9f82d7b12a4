package dev.hardening.examples.lms.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.database.Migrations.Location;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both kinds of external login; the embedded roles are tested on the embedded server. */
@Tag("database")
class DatabaseTest {
    private static final String FOLDER = "dev/hardening/examples/lms/database/";
    private static final List<Location> SCHEMAS =
            List.of(new Location("test_one", FOLDER + "one"), new Location("test_two", FOLDER + "two"));

    @RegisterExtension
    private static final TestPostgres POSTGRES = TestPostgres.empty();

    /** Who logs in at an external server. */
    enum Login {
        SUPERUSER,
        PLAIN;

        Access access() {
            return this == SUPERUSER
                    ? DatabaseTest.external(POSTGRES.user(), POSTGRES.password())
                    : DatabaseTest.external("plain_owner", "plain");
        }
    }

    @BeforeEach
    void freshSchemas() {
        POSTGRES.execute(
                "DROP SCHEMA IF EXISTS test_one CASCADE; DROP SCHEMA IF EXISTS test_two CASCADE;"
                        + " DO $$ BEGIN CREATE ROLE plain_owner LOGIN PASSWORD 'plain';"
                        + " EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                        + " DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO plain_owner', current_database()); END $$");
    }

    @ParameterizedTest
    @EnumSource
    void rowsOfAnotherTenant_forTheServingRole_areNotThere(Login login) throws SQLException {
        Access access = login.access();
        Migrations.run(access, SCHEMAS);

        try (Database database = Database.open(access);
                Connection connection = database.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            run(connection, "SET LOCAL test.tenant = 'north'");
            run(connection, "INSERT INTO test_one.note (tenant, text) VALUES ('north', 'x')");
            assertEquals("1", text(connection, "SELECT count(*) FROM test_one.note"));

            run(connection, "SET LOCAL test.tenant = 'south'");
            assertEquals("0", text(connection, "SELECT count(*) FROM test_one.note"));
        }
    }

    @Test
    void servingRole_belowASuperuser_makesNothingAndSeesNoHistory() throws SQLException {
        Access access = Login.SUPERUSER.access();
        Migrations.run(access, SCHEMAS);

        try (Database database = Database.open(access)) {
            assertRefused(database.dataSource(), "CREATE TABLE test_one.other (x int)");
            assertRefused(database.dataSource(), "DROP TABLE test_two.thing");
            assertRefused(database.dataSource(), "SELECT * FROM test_one.flyway_schema_history");
        }
    }

    @Test
    void histories_ofTwoSchemas_areApart() throws SQLException {
        Migrations.run(Login.SUPERUSER.access(), SCHEMAS);

        try (Connection connection = POSTGRES.dataSource().getConnection()) {
            for (String schema : List.of("test_one", "test_two")) {
                String applied = "SELECT count(*) FROM " + schema + ".flyway_schema_history WHERE version = '1'";
                assertEquals("1", text(connection, applied));
            }
        }
    }

    @Test
    void processes_thatMigrateAtOnce_bothSucceed() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> starts = Stream.generate(Login.SUPERUSER::access)
                    .limit(4)
                    .<Future<?>>map(access -> threads.submit(() -> Migrations.run(access, SCHEMAS)))
                    .toList();
            for (Future<?> start : starts) {
                start.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void schema_withoutItsSql_stopsTheStart() {
        List<Location> missing = List.of(new Location("test_one", FOLDER + "nowhere"));

        assertThrows(RuntimeException.class, () -> Migrations.run(Login.SUPERUSER.access(), missing));
    }

    @Test
    void statement_ofThePool_isBounded() throws SQLException {
        Access access = Login.SUPERUSER.access();
        try (Database database = Database.open(access);
                Connection connection = database.dataSource().getConnection()) {
            assertEquals("30s", text(connection, "SHOW statement_timeout"));
            assertEquals("10s", text(connection, "SHOW lock_timeout"));
        }
    }

    @Test
    void server_thatIsNotThere_isNamedWithoutThePassword() {
        Secret password = Secret.of("hunter2hunter2");

        var refused = assertThrows(
                IllegalStateException.class,
                () -> Access.external("jdbc:postgresql://127.0.0.1:1/x", Optional.of("u"), Optional.of(password)));

        assertTrue(refused.getMessage().contains("LMS_DATABASE_URL"), refused.getMessage());
        assertTrue(!refused.getMessage().contains("hunter2"), refused.getMessage());
    }

    static Access external(String user, String password) {
        String url = POSTGRES.jdbcUrl();
        return Access.external(
                url,
                Optional.of(user),
                Optional.of(password).filter(text -> !text.isEmpty()).map(Secret::of));
    }

    static void assertRefused(DataSource source, String sql) throws SQLException {
        try (Connection connection = source.getConnection()) {
            SQLException refused = assertThrows(SQLException.class, () -> run(connection, sql));
            assertEquals("42501", refused.getSQLState(), refused.getMessage());
        }
    }

    static void run(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertTrue(result.next());
            return result.getString(1);
        }
    }
}
