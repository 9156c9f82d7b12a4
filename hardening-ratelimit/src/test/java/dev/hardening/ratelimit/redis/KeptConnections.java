package dev.hardening.ratelimit.redis;

import dev.hardening.testing.TestPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;

/** Keeps the connections to a database for the next caller, as the pool of a service does. */
final class KeptConnections implements AutoCloseable {
    private final TestPostgres database;
    private final Queue<Connection> idle = new ConcurrentLinkedQueue<>();

    KeptConnections(TestPostgres database) {
        this.database = database;
    }

    DataSource dataSource() {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, none) -> take());
    }

    private Connection take() throws SQLException {
        Connection kept = idle.poll();
        Connection connection = kept == null ? database.dataSource().getConnection() : kept;
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        return giveBack(connection);
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    private boolean giveBack(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        return idle.add(connection);
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : idle) {
            connection.close();
        }
    }
}
