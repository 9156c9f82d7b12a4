package dev.hardening.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A database of its own for each test class, on one real PostgreSQL per JVM.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/auth/db/V1__accounts.sql");
 * }</pre>
 *
 * <p>The SQL resources run once into a template that each class copies in some 20 ms. {@code TEST_POSTGRES_URL} (a JDBC
 * address of a superuser) takes another server instead of the embedded one.
 */
public final class TestPostgres implements BeforeAllCallback, AfterAllCallback {
    private final List<String> resources;
    private String database = "";

    private TestPostgres(List<String> resources) {
        this.resources = resources;
    }

    /** An empty database. */
    public static TestPostgres empty() {
        return new TestPostgres(List.of());
    }

    /** A database into which these class path resources ran, in this order. */
    public static TestPostgres migrated(String... resources) {
        return new TestPostgres(List.of(resources));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        database = PostgresServer.shared().createDatabase(resources);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        PostgresServer.shared().dropDatabase(database);
    }

    /** A data source that opens a connection per call, as the superuser. */
    public DataSource dataSource() {
        return PostgresServer.shared().dataSource(database);
    }

    /** A data source for another role of the server, to test what an application role may not do. */
    public DataSource dataSource(String user, String password) {
        PGSimpleDataSource source = PostgresServer.shared().dataSource(database);
        source.setUser(user);
        source.setPassword(password);
        return source;
    }

    /** The JDBC address of this class's database, user and password included, for a process outside this JVM. */
    public String jdbcUrl() {
        return PostgresServer.shared().url(database);
    }

    /** The superuser's name. */
    public String user() {
        return PostgresServer.shared().dataSource(database).getUser();
    }

    /** The superuser's password; empty where the server trusts local users. */
    public String password() {
        String password = PostgresServer.shared().dataSource(database).getPassword();
        return password == null ? "" : password;
    }

    /** Runs statements, separated as PostgreSQL separates them. */
    public void execute(String sql) {
        run(dataSource(), sql);
    }

    static void run(DataSource source, String sql) {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure.getMessage(), failure);
        }
    }

    static String read(String resource) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try (InputStream in = loader.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no such resource: " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
