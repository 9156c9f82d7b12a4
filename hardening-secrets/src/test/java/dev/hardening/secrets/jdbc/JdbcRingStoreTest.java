package dev.hardening.secrets.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingKey;
import dev.hardening.secrets.ring.RingStore;
import dev.hardening.secrets.ring.RingStoreContract;
import dev.hardening.testing.TestPostgres;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("database")
class JdbcRingStoreTest implements RingStoreContract {
    @RegisterExtension
    static final TestPostgres POSTGRES = TestPostgres.migrated("dev/hardening/secrets/db/V1__key_rings.sql");

    private static final AtomicInteger RINGS = new AtomicInteger();

    @Override
    public RingStore store() {
        return new JdbcRingStore(POSTGRES.dataSource());
    }

    @Override
    public String ring() {
        return "ring-" + RINGS.incrementAndGet();
    }

    @Test
    void ring_openedByTwoProcesses_isOne() {
        String name = ring();

        RingKey first = ring(name, store()).active();
        RingKey second = ring(name, store()).active();

        assertEquals(first.id(), second.id());
        assertTrue(first.material().matches(second.material()));
    }

    @Test
    void connection_withoutAutoCommit_isCommitted() {
        String name = ring();
        RingStore store = new JdbcRingStore(withoutAutoCommit(POSTGRES.dataSource()));

        assertTrue(store.compareAndSet(name, 0, "{}".getBytes(StandardCharsets.UTF_8)));

        assertEquals(1, store().load(name).orElseThrow().version());
    }

    /** The other writer commits between the beginning of this transaction and its statement. */
    @Test
    void compareAndSet_lostUnderSerializable_isFalseAndNoFailure() {
        String name = ring();
        byte[] document = "{}".getBytes(StandardCharsets.UTF_8);
        RingStore late = new JdbcRingStore(serializable(() -> {
            store().compareAndSet(name, 1, document);
            return true;
        }));
        assertTrue(store().compareAndSet(name, 0, document));

        assertFalse(late.compareAndSet(name, 1, document));

        assertEquals(2, store().load(name).orElseThrow().version());
    }

    /** Hands out connections whose snapshot was taken before {@code meanwhile} was done. */
    private static DataSource serializable(Callable<Boolean> meanwhile) {
        return (DataSource) Proxy.newProxyInstance(
                JdbcRingStoreTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, given) -> {
                    Connection connection = POSTGRES.dataSource().getConnection();
                    connection.setAutoCommit(false);
                    connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("SELECT count(*) FROM hardening_secrets.key_rings");
                    }
                    meanwhile.call();
                    return connection;
                });
    }

    @Test
    void database_thatFails_isUnavailableAndNotEmpty() {
        RingStore store = new JdbcRingStore(POSTGRES.dataSource("nobody", "wrong"));

        for (var call :
                List.<Runnable>of(() -> store.load("ring"), () -> store.compareAndSet("ring", 0, new byte[] {'1'}))) {
            var failure = assertThrows(SecretsUnavailableException.class, call::run);
            assertEquals(Reason.INFRASTRUCTURE, failure.reason());
        }
    }

    @Test
    void document_largerThanAMebibyte_isRefusedByTheTable() {
        assertThrows(SecretsUnavailableException.class, () -> store().compareAndSet(ring(), 0, new byte[1_048_577]));
    }

    @Test
    void connection_always_isBoundedWhileItWorksAndGivenBackAsItCame() {
        List<Object> timeouts = new ArrayList<>();

        new JdbcRingStore(noting(timeouts)).load(ring());

        assertEquals(List.of(6000, 0), timeouts);
    }

    private static KeyRing ring(String name, RingStore store) {
        return KeyRing.builder()
                .name(name)
                .kind(KeyKind.EC_P256)
                .store(store)
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    private static DataSource withoutAutoCommit(DataSource source) {
        return (DataSource) Proxy.newProxyInstance(
                JdbcRingStoreTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, given) -> {
                    Connection connection = source.getConnection();
                    try {
                        connection.setAutoCommit(false);
                    } catch (SQLException failure) {
                        connection.close();
                        throw failure;
                    }
                    return connection;
                });
    }

    /** Hands out connections that note which network timeouts they are given. */
    private static DataSource noting(List<Object> timeouts) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (source, open, none) -> {
                    Connection real = POSTGRES.dataSource().getConnection();
                    return Proxy.newProxyInstance(
                            Connection.class.getClassLoader(),
                            new Class<?>[] {Connection.class},
                            (proxy, method, arguments) -> {
                                if (method.getName().equals("setNetworkTimeout")) {
                                    timeouts.add(arguments[1]);
                                }
                                return method.invoke(real, arguments);
                            });
                });
    }
}
