package dev.hardening.examples.lms.database;

import dev.hardening.examples.lms.StartRefusedException;
import dev.hardening.examples.lms.postgres.EmbeddedPostgres;
import dev.hardening.secrets.Secret;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two ways into one database: as the owner of the schemas, who migrates, and as the role that serves requests.
 *
 * <p>The serving role owns nothing, makes nothing and does not bypass row-level security, so a query that forgot its
 * tenant sees nothing. On the embedded server both are logins whose passwords are made anew at each start and never
 * stored. On an external server there is one login. Where that is a superuser or bypasses row-level security, the
 * connections of the pool step down to the role {@code lms_app} ({@code SET ROLE}); otherwise it serves as itself, and
 * the policies bind because the schemas force them on their owner ({@code FORCE ROW LEVEL SECURITY}).
 *
 * @param owner opens one connection per call
 * @param serving opens one connection per call
 * @param role that serves
 * @param stepDown whether a connection of {@code serving} must first {@code SET ROLE}
 */
public record Access(DataSource owner, DataSource serving, String role, boolean stepDown) {
    /** The role that serves requests. */
    public static final String SERVING_ROLE = "lms_app";

    private static final Logger LOG = LoggerFactory.getLogger(Access.class);
    private static final String OWNER_ROLE = "lms_owner";
    private static final String DATABASE = "lms";
    private static final int PASSWORD_BYTES = 32;
    private static final String DUPLICATE_OBJECT = "42710";
    private static final String UNIQUE_VIOLATION = "23505";

    /** Makes roles and database on the embedded server where they are missing. */
    public static Access embedded(EmbeddedPostgres server, SecureRandom random) {
        String ownerPassword = password(random);
        String servingPassword = password(random);
        try (Connection connection = server.superuser("postgres").getConnection()) {
            login(connection, OWNER_ROLE, ownerPassword);
            login(connection, SERVING_ROLE, servingPassword);
            if (!exists(connection, "SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                execute(connection, "CREATE DATABASE " + DATABASE + " OWNER " + OWNER_ROLE);
            }
            execute(connection, "REVOKE ALL ON DATABASE " + DATABASE + " FROM PUBLIC");
            execute(connection, "GRANT CONNECT ON DATABASE " + DATABASE + " TO " + SERVING_ROLE);
        } catch (SQLException failure) {
            throw new IllegalStateException("the roles of the embedded database cannot be made", failure);
        }
        return new Access(
                server.dataSource(DATABASE, OWNER_ROLE, ownerPassword),
                server.dataSource(DATABASE, SERVING_ROLE, servingPassword),
                SERVING_ROLE,
                false);
    }

    /**
     * Uses a server of one's own.
     *
     * @param url {@code jdbc:postgresql://...}
     * @param user where the address names none
     * @param password where the address holds none
     */
    public static Access external(String url, Optional<String> user, Optional<Secret> password) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            source.setUrl(url);
        } catch (IllegalArgumentException hidden) {
            // Its message quotes the whole address, which may hold a password.
            throw new StartRefusedException(List.of("LMS_DATABASE_URL is no address that the driver can read"));
        }
        user.ifPresent(source::setUser);
        password.ifPresent(secret -> source.setPassword(secret.reveal()));
        source.setApplicationName("lms");
        try (Connection connection = source.getConnection()) {
            if (exists(
                    connection, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)")) {
                LOG.warn("the database login bypasses row-level security; requests are served as {}", SERVING_ROLE);
                create(connection, SERVING_ROLE, "NOLOGIN");
                return new Access(source, source, SERVING_ROLE, true);
            }
            return new Access(source, source, connection.getMetaData().getUserName(), false);
        } catch (SQLException failure) {
            throw new IllegalStateException(
                    "the database of LMS_DATABASE_URL cannot be used: " + failure.getMessage(), failure);
        }
    }

    /** Whether the serving role is another than the owner and so needs its rights granted. */
    boolean granted() {
        return stepDown || owner != serving;
    }

    private static void login(Connection connection, String role, String password) throws SQLException {
        create(connection, role, "LOGIN");
        // The client sends a SCRAM verifier, so that the password stands in no statement and no log.
        char[] characters = password.toCharArray();
        connection.unwrap(PGConnection.class).alterUserPassword(role, characters, "scram-sha-256");
    }

    private static void create(Connection connection, String role, String login) throws SQLException {
        if (exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = '" + role + "'")) {
            return;
        }
        try {
            execute(
                    connection,
                    String.format(
                            Locale.ROOT,
                            "CREATE ROLE %s %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS",
                            role,
                            login));
        } catch (SQLException failure) {
            // Another process of the installation was faster: roles belong to the server, not to the database.
            if (!DUPLICATE_OBJECT.equals(failure.getSQLState()) && !UNIQUE_VIOLATION.equals(failure.getSQLState())) {
                throw failure;
            }
        }
    }

    private static boolean exists(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String password(SecureRandom random) {
        byte[] bytes = new byte[PASSWORD_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
