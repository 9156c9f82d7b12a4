package dev.hardening.health.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.health.CheckOptions;
import dev.hardening.health.CheckStatus;
import dev.hardening.health.Health;
import dev.hardening.health.Status;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.TestPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** F24 against a real PostgreSQL: down, silent, out of connections, read-only. */
@Tag("database")
class JdbcCheckTest {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.empty();

    private static void fast(CheckOptions check) {
        check.critical()
                .every(Duration.ofMillis(100))
                .timeout(Duration.ofMillis(500))
                .failAfter(1)
                .recoverAfter(1);
    }

    private static Health health(DataSource source) {
        return Health.builder("jdbc")
                .readiness("db", Checks.jdbc(source), JdbcCheckTest::fast)
                .build()
                .start();
    }

    private static CheckStatus db(Health health) {
        return health.snapshot().find("db").orElseThrow();
    }

    private static void until(String what, Callable<Boolean> condition) {
        Eventually.until(Duration.ofSeconds(20), what, condition);
    }

    @Test
    void jdbc_database_isUp() {
        try (Health health = health(POSTGRES.dataSource())) {
            until("up", health::ready);
        }
    }

    @Test
    @Tag("health:F22")
    void jdbc_refusedLogin_isDownWithTheStateAndNoMessage() {
        POSTGRES.execute(
                "CREATE ROLE nobody_may LOGIN PASSWORD 'x'; REVOKE CONNECT ON DATABASE " + "postgres FROM PUBLIC");
        PGSimpleDataSource source = (PGSimpleDataSource) POSTGRES.dataSource("canary", "canary");
        try (Health health = health(source)) {
            until("down", () -> db(health).reason().equals("database"));
            assertFalse(db(health).toString().contains("canary"), db(health).toString());
            assertTrue(
                    db(health).data().get("sqlState").toString().startsWith("28"),
                    db(health).toString());
        }
    }

    @Test
    @Tag("health:F24")
    void jdbc_serverStopsAnswering_timesOutFreesTheThreadAndRecovers() throws Exception {
        try (Relay relay = new Relay((PGSimpleDataSource) POSTGRES.dataSource());
                Health health = health(new OneConnection(relay.dataSource()))) {
            until("up", health::ready);

            relay.freeze();
            until("timeout", () -> db(health).status() == Status.DOWN);
            until(
                    "freed",
                    () -> db(health).reason().equals("timeout")
                            && !db(health).stats().stuck());

            relay.thaw();
            until("up again", health::ready);
            assertFalse(db(health).stats().stuck());
        }
    }

    @Test
    @Tag("health:F24")
    void jdbc_emptyPool_isATimeoutAtTheStepOfTheConnection() {
        CountDownLatch pool = new CountDownLatch(1);
        DataSource empty = source(() -> {
            pool.await();
            throw new SQLException("pool gave up", "08001");
        });
        try (Health health = health(empty)) {
            until(
                    "timeout",
                    () -> db(health).status() == Status.DOWN
                            && "connection".equals(db(health).data().get("step")));
            pool.countDown();
            until("database", () -> db(health).reason().equals("database"));
        }
    }

    @Test
    @Tag("health:F24")
    void jdbcWritable_onAReadOnlyDatabase_warnsByPolicy() {
        DataSource readOnly = source(() -> {
            Connection connection = POSTGRES.dataSource().getConnection();
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            return connection;
        });
        try (Health health = Health.builder("jdbc")
                .readiness("writes", Checks.jdbcWritable(readOnly), JdbcCheckTest::fast)
                .readiness("both", Checks.jdbcWritable(POSTGRES.dataSource()), JdbcCheckTest::fast)
                .build()
                .start()) {
            until("started", health::started);
            CheckStatus writes = health.snapshot().find("writes").orElseThrow();
            assertEquals(Status.WARN, writes.status());
            assertEquals("read-only", writes.reason());
            assertTrue(health.ready());
            assertEquals(Status.UP, health.snapshot().find("both").orElseThrow().status());
        }
    }

    @Test
    @Tag("health:F8")
    void jdbc_underAStormOfProbes_asksOnceAnInterval() {
        AtomicInteger asked = new AtomicInteger();
        DataSource counting = source(() -> {
            asked.incrementAndGet();
            return POSTGRES.dataSource().getConnection();
        });
        try (Health health = Health.builder("jdbc")
                .readiness("db", Checks.jdbc(counting), check -> check.every(Duration.ofMinutes(1)))
                .build()
                .start()) {
            until("up", health::ready);
            for (int i = 0; i < 100_000; i++) {
                health.answer(dev.hardening.health.Probe.READY, "");
            }
            assertEquals(1, asked.get());
        }
    }

    private static DataSource source(Callable<Connection> connections) {
        return (DataSource) Proxy.newProxyInstance(
                JdbcCheckTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, arguments) -> {
                    if (method.getName().equals("getConnection")) {
                        return connections.call();
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }

    /** A pool of one: close gives back, and a broken connection is replaced. */
    private static final class OneConnection implements Callable<Connection> {
        private final DataSource source;
        private Connection real;

        private OneConnection(DataSource source) {
            this.source = source;
        }

        @Override
        public synchronized Connection call() throws SQLException {
            if (real == null || real.isClosed()) {
                real = source.getConnection();
            }
            Connection kept = real;
            return (Connection) Proxy.newProxyInstance(
                    JdbcCheckTest.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (self, method, arguments) -> {
                        if (method.getName().equals("close")) {
                            return null;
                        }
                        try {
                            return method.invoke(kept, arguments);
                        } catch (InvocationTargetException failure) {
                            throw failure.getCause();
                        }
                    });
        }
    }

    private static Health health(OneConnection pool) {
        return health(source(pool));
    }

    /** Forwards bytes to the server until frozen; then it accepts and says nothing. */
    private static final class Relay implements AutoCloseable {
        private final PGSimpleDataSource target;
        private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final AtomicBoolean frozen = new AtomicBoolean();

        Relay(PGSimpleDataSource target) throws IOException {
            this.target = target;
            daemon(this::accept);
        }

        DataSource dataSource() {
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setServerNames(new String[] {"127.0.0.1"});
            source.setPortNumbers(new int[] {listening.getLocalPort()});
            source.setDatabaseName(target.getDatabaseName());
            source.setUser(target.getUser());
            source.setPassword(target.getPassword());
            return source;
        }

        void freeze() {
            frozen.set(true);
        }

        void thaw() {
            frozen.set(false);
        }

        private void accept() throws IOException {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(target.getServerNames()[0], target.getPortNumbers()[0]);
                daemon(() -> pump(client, server));
                daemon(() -> pump(server, client));
            }
        }

        private void pump(Socket from, Socket to) throws IOException {
            byte[] buffer = new byte[8_192];
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (!frozen.get()) {
                    out.write(buffer, 0, count);
                }
            }
            from.close();
            to.close();
        }

        private interface Work {
            void run() throws IOException;
        }

        private static void daemon(Work work) {
            Thread thread = new Thread(() -> {
                try {
                    work.run();
                } catch (IOException closed) {
                    return;
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }
}
