package dev.hardening.auth.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** Data sources that count statements, that lose one, and that do not come to an end. */
final class CountingSource {
    private CountingSource() {}

    /** Counts the statements that go through. */
    static DataSource of(DataSource source, AtomicInteger statements) {
        return connections(
                source,
                connection -> proxy(Connection.class, connection, "prepareStatement", statements::incrementAndGet));
    }

    /** Lets one statement through; at the commit of the second the process is gone, and the server rolls back. */
    static DataSource dyingAtTheSecond(DataSource source) {
        AtomicInteger commits = new AtomicInteger();
        return connections(source, connection -> {
            connection.setAutoCommit(false);
            return proxy(Connection.class, connection, "commit", () -> {
                if (commits.incrementAndGet() == 2) {
                    connection.rollback();
                    throw new SQLException("gone", "08006");
                }
            });
        });
    }

    /** Everything on one connection, and nothing of it committed. */
    static DataSource keeping(Connection connection) {
        InvocationHandler open = (self, method, given) -> switch (method.getName()) {
            case "commit", "close" -> null;
            default -> method.invoke(connection, given);
        };
        Connection kept = (Connection)
                Proxy.newProxyInstance(CountingSource.class.getClassLoader(), new Class<?>[] {Connection.class}, open);
        return (DataSource) Proxy.newProxyInstance(
                CountingSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (self, method, given) -> kept);
    }

    private interface Before {
        void run() throws SQLException;
    }

    private interface Wrap {
        Connection of(Connection connection) throws SQLException;
    }

    private static DataSource connections(DataSource source, Wrap wrap) {
        return (DataSource) Proxy.newProxyInstance(
                CountingSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (self, method, given) -> wrap.of(source.getConnection()));
    }

    private static <T> T proxy(Class<T> type, T target, String name, Before before) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            if (method.getName().equals(name)) {
                before.run();
            }
            try {
                return method.invoke(target, given);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        }));
    }
}
