package dev.hardening.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RealServersTest {
    @RegisterExtension
    static final TestPostgres MIGRATED = TestPostgres.migrated("schema.sql");

    @RegisterExtension
    static final TestPostgres EMPTY = TestPostgres.empty();

    @RegisterExtension
    static final TestRedis REDIS = TestRedis.server();

    @Test
    void postgres_migrated_holdsTheSchemaOfItsResources() throws Exception {
        try (Connection connection = MIGRATED.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name FROM thing")) {
            assertTrue(rows.next());
            assertEquals("first", rows.getString(1));
        }
    }

    @Test
    void postgres_twoExtensions_twoDatabases() {
        assertNotEquals(MIGRATED.jdbcUrl(), EMPTY.jdbcUrl());
        assertThrows(IllegalStateException.class, () -> EMPTY.execute("SELECT name FROM thing"));
    }

    @Test
    void redis_flush_answers() {
        REDIS.flush();

        assertTrue(REDIS.port() > 0);
    }

    @Test
    void eventually_neverTrue_failsAfterTheDeadline() {
        assertThrows(
                AssertionError.class, () -> Eventually.until(Duration.ofMillis(30), "nothing happens", () -> false));
    }
}
