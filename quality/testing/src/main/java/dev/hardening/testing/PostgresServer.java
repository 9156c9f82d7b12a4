package dev.hardening.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.postgresql.ds.PGSimpleDataSource;

/** The one PostgreSQL of this JVM: embedded, or the one that {@code TEST_POSTGRES_URL} names. */
final class PostgresServer {
    private static final String EXTERNAL = "TEST_POSTGRES_URL";

    private final Function<String, PGSimpleDataSource> sources;
    private final String prefix = "t" + ProcessHandle.current().pid() + "_";
    private final AtomicInteger count = new AtomicInteger();
    private final Map<List<String>, String> templates = new HashMap<>();

    private PostgresServer(Function<String, PGSimpleDataSource> sources) {
        this.sources = sources;
    }

    static PostgresServer shared() {
        return Holder.SERVER;
    }

    synchronized String createDatabase(List<String> resources) {
        String template = resources.isEmpty() ? "template1" : templates.computeIfAbsent(resources, this::migrate);
        String name = prefix + count.incrementAndGet();
        admin("CREATE DATABASE " + name + " TEMPLATE " + template);
        return name;
    }

    void dropDatabase(String name) {
        admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    }

    PGSimpleDataSource dataSource(String database) {
        return sources.apply(database);
    }

    String url(String database) {
        PGSimpleDataSource source = dataSource(database);
        return "jdbc:postgresql://" + source.getServerNames()[0] + ":" + source.getPortNumbers()[0] + "/" + database;
    }

    private String migrate(List<String> resources) {
        String name = prefix + "template_" + count.incrementAndGet();
        admin("CREATE DATABASE " + name);
        for (String resource : resources) {
            TestPostgres.run(dataSource(name), TestPostgres.read(resource));
        }
        return name;
    }

    private void admin(String sql) {
        TestPostgres.run(dataSource("postgres"), sql);
    }

    private static PostgresServer start() {
        String url = System.getenv(EXTERNAL);
        return url == null || url.isBlank() ? embedded() : new PostgresServer(database -> external(url, database));
    }

    private static PGSimpleDataSource external(String url, String database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        source.setDatabaseName(database);
        return source;
    }

    private static PostgresServer embedded() {
        try {
            // The library stops and deletes what a killed run left behind before it starts a server of its own.
            EmbeddedPostgres server = EmbeddedPostgres.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server), "test-postgres-stop"));
            return new PostgresServer(database -> (PGSimpleDataSource) server.getDatabase("postgres", database));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (IllegalStateException failure) {
            throw new IllegalStateException(
                    "the embedded PostgreSQL did not start. It refuses to run as root where user namespaces are"
                            + " forbidden: run the tests as an ordinary user, or set " + EXTERNAL
                            + " to the JDBC address of a superuser on a server of yours",
                    failure);
        }
    }

    private static void close(EmbeddedPostgres server) {
        try {
            server.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static final class Holder {
        private static final PostgresServer SERVER = start();
    }
}
