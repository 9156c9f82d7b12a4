package dev.hardening.examples.lms.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.flywaydb.core.Flyway;

/**
 * Brings the schemas to the version of this build, each with its own history, and grants the serving role its rights.
 *
 * <p>Runs as the owner. Processes that start at once on one database wait for each other; the second finds nothing to
 * do. A schema that a newer build has migrated is left as it is and refused.
 */
public final class Migrations {
    /** Serialises the grants: two that run at once fail with "tuple concurrently updated". */
    private static final long GRANT_LOCK = 0x6c6d735f6772616eL;

    private Migrations() {}

    /**
     * A schema and the SQL that makes it.
     *
     * @param schema its name
     * @param folder of the class path with {@code V<n>__<what>.sql}
     */
    public record Location(String schema, String folder) {
        /** The schema of a module of this repository. */
        public static Location module(String module) {
            return new Location("hardening_" + module, "dev/hardening/" + module + "/db");
        }
    }

    /** Migrates in the given order. */
    public static void run(Access access, List<Location> schemas) {
        for (Location location : schemas) {
            migrate(access, location);
        }
        if (access.granted()) {
            grant(access, schemas);
        }
    }

    private static void migrate(Access access, Location location) {
        Flyway.configure()
                .dataSource(access.owner())
                .schemas(location.schema())
                .locations("classpath:" + location.folder())
                .failOnMissingLocations(true)
                .validateMigrationNaming(true)
                .cleanDisabled(true)
                .load()
                .migrate();
    }

    private static void grant(Access access, List<Location> schemas) {
        try (Connection connection = access.owner().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("SELECT pg_advisory_xact_lock(" + GRANT_LOCK + ")");
            for (Location location : schemas) {
                grant(statement, location.schema(), access.role());
            }
            connection.commit();
        } catch (SQLException failure) {
            throw new IllegalStateException("the serving role cannot be given its rights", failure);
        }
    }

    private static void grant(Statement statement, String schema, String role) throws SQLException {
        statement.execute("GRANT USAGE ON SCHEMA " + schema + " TO " + role);
        statement.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + role);
        statement.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA " + schema + " TO " + role);
        statement.execute("REVOKE ALL ON " + schema + ".flyway_schema_history FROM " + role);
    }
}
