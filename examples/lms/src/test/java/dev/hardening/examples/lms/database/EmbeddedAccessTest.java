package dev.hardening.examples.lms.database;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.examples.lms.database.Migrations.Location;
import dev.hardening.examples.lms.postgres.EmbeddedPostgres;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("database")
@Tag("slow")
class EmbeddedAccessTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final List<Location> SCHEMAS =
            List.of(new Location("test_one", "dev/hardening/examples/lms/database/one"));

    @TempDir
    private Path home;

    @Test
    void servingRole_ofTheEmbeddedServer_readsItsTenantAndMakesNothing() throws SQLException {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(home, RANDOM)) {
            serve(server);
            serve(server);
        }
    }

    private static void serve(EmbeddedPostgres server) throws SQLException {
        Access access = Access.embedded(server, RANDOM);
        Migrations.run(access, SCHEMAS);
        try (Database database = Database.open(access)) {
            DatabaseTest.assertRefused(database.dataSource(), "CREATE TABLE test_one.other (x int)");
            DatabaseTest.assertRefused(database.dataSource(), "CREATE SCHEMA other");
            DatabaseTest.assertRefused(database.dataSource(), "CREATE TEMP TABLE other (x int)");
            DatabaseTest.assertRefused(database.dataSource(), "SET ROLE lms_owner");
            try (Connection connection = database.dataSource().getConnection()) {
                assertEquals("lms_app", DatabaseTest.text(connection, "SELECT current_user"));
                assertEquals("0", DatabaseTest.text(connection, "SELECT count(*) FROM test_one.note"));
                assertEquals(
                        "false",
                        DatabaseTest.text(
                                connection,
                                "SELECT (rolsuper OR rolbypassrls)::text FROM pg_roles WHERE rolname = current_user"));
            }
        }
    }
}
