package dev.hardening.secrets.jdbc;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.RingStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Keeps each ring in a row of {@code hardening_secrets.key_rings}, so that all processes on one database share it.
 *
 * <p>The table is made by {@code dev/hardening/secrets/db/V1__key_rings.sql}; run it with Flyway or by hand. Two writers
 * are told apart by the version of the row. Each call takes one connection for one statement of at most five seconds,
 * six where the network is gone (a driver that knows no network timeout needs a socket timeout), and commits it whether
 * or not the pool hands out connections with auto-commit.
 */
public final class JdbcRingStore implements RingStore {
    private static final int TIMEOUT_SECONDS = 5;
    // Later than the query timeout, so that a server that is there ends the statement and the connection lives on.
    private static final NetworkTimeout NETWORK = new NetworkTimeout(Duration.ofSeconds(6));
    private static final String LOAD = "SELECT version, document FROM hardening_secrets.key_rings WHERE ring = ?";
    private static final String INSERT = "INSERT INTO hardening_secrets.key_rings (document, ring, version)"
            + " VALUES (?, ?, ? + 1) ON CONFLICT (ring) DO NOTHING";
    private static final String UPDATE = "UPDATE hardening_secrets.key_rings"
            + " SET document = ?, version = version + 1, updated_at = now() WHERE ring = ? AND version = ?";

    private static final String SERIALIZATION_FAILURE = "40001";

    private final DataSource source;

    /**
     * Uses a PostgreSQL database.
     *
     * @param source hands out connections of a role that may read, insert and update the table
     */
    public JdbcRingStore(DataSource source) {
        this.source = Objects.requireNonNull(source, "source");
    }

    @Override
    public Optional<Stored> load(String ring) {
        return running("load", ring, LOAD, statement -> {
            statement.setString(1, ring);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(new Stored(row.getLong(1), row.getBytes(2))) : Optional.empty();
            }
        });
    }

    @Override
    public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
        try {
            return running("store", ring, expectedVersion == 0 ? INSERT : UPDATE, statement -> {
                statement.setBytes(1, document);
                statement.setString(2, ring);
                statement.setLong(3, expectedVersion);
                return statement.executeUpdate() == 1;
            });
        } catch (SecretsUnavailableException failure) {
            if (lostRace(failure)) {
                return false;
            }
            throw failure;
        }
    }

    /** Above READ COMMITTED the database does not count the rows of a lost race, but ends its transaction. */
    private static boolean lostRace(SecretsUnavailableException failure) {
        return failure.getCause() instanceof SQLException told && SERIALIZATION_FAILURE.equals(told.getSQLState());
    }

    private <T> T running(String action, String ring, String sql, Work<T> work) {
        Objects.requireNonNull(ring, "ring");
        try (Connection connection = source.getConnection()) {
            return NETWORK.around(connection, () -> executed(connection, sql, work));
        } catch (SQLException failure) {
            throw new SecretsUnavailableException("the database did not " + action + " the key ring " + ring, failure);
        }
    }

    private static <T> T executed(Connection connection, String sql, Work<T> work) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setQueryTimeout(TIMEOUT_SECONDS);
            T result = work.run(statement);
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
            return result;
        }
    }

    private interface Work<T> {
        T run(PreparedStatement statement) throws SQLException;
    }
}
