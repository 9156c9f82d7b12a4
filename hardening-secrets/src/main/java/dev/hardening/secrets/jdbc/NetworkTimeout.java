package dev.hardening.secrets.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds how long a connection may wait for an answer while work is done on it.
 *
 * <p>A query timeout is not enough: the driver asks the server to cancel over a connection of its own, and where the
 * network is gone neither the question nor the answer arrives. A tighter bound that the connection came with stays.
 */
final class NetworkTimeout {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkTimeout.class);

    private final Duration bound;

    NetworkTimeout(Duration bound) {
        this.bound = bound;
    }

    /** What is done on the connection. */
    interface Work<T> {
        T run() throws SQLException;
    }

    /** Gives the connection back as it came; the driver has closed one that timed out. */
    <T> T around(Connection connection, Work<T> work) throws SQLException {
        OptionalInt before = tighten(connection);
        try {
            return work.run();
        } finally {
            if (before.isPresent()) {
                reset(connection, before.getAsInt());
            }
        }
    }

    /** The work is done, and may be committed: that the connection is of no use any more does not undo it. */
    private static void reset(Connection connection, int before) {
        try {
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, before);
            }
        } catch (SQLException broken) {
            LOG.debug("a connection could not be given back as it came", broken);
        }
    }

    private OptionalInt tighten(Connection connection) throws SQLException {
        int milliseconds = Math.toIntExact(bound.toMillis());
        try {
            int before = connection.getNetworkTimeout();
            if (before > 0 && before <= milliseconds) {
                return OptionalInt.empty();
            }
            connection.setNetworkTimeout(Runnable::run, milliseconds);
            return OptionalInt.of(before);
        } catch (SQLFeatureNotSupportedException unsupported) {
            // What the data source sets by itself has to do then; its documentation asks for it.
            return OptionalInt.empty();
        }
    }
}
