package dev.hardening.auth.jdbc;

import dev.hardening.auth.AuthUnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/** Runs single statements, each on a connection of its own, bounded in time; what fails is unavailable. */
final class Statements {
    private static final int TIMEOUT_SECONDS = 2;
    /** Connection, authorisation, rollback, syntax and names, resources, locks, intervention of an operator, the system. */
    private static final Set<String> QUOTES_NO_ROW = Set.of("08", "28", "40", "42", "53", "55", "57", "58");

    private static final Set<String> OUT_OF_TIME = Set.of("57014", "55P03");
    // Later than the query timeout, so that a server that is there ends the statement and the connection lives on.
    private static final NetworkTimeout NETWORK = new NetworkTimeout(Duration.ofSeconds(3));

    private final DataSource dataSource;

    Statements(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** Reads a row; the driver's exceptions are the caller's to pass on. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Fills in the parameters, in their order. */
    interface Binding {
        void bind(Parameters parameters) throws SQLException;
    }

    private interface Work<T> {
        T run(PreparedStatement statement) throws SQLException;
    }

    <T> Optional<T> one(String sql, Row<T> row, Binding binding) {
        return all(sql, row, binding).stream().findFirst();
    }

    <T> List<T> all(String sql, Row<T> row, Binding binding) {
        return run(sql, binding, statement -> {
            List<T> rows = new ArrayList<>();
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    rows.add(readable(row, results));
                }
            }
            return rows;
        });
    }

    int update(String sql, Binding binding) {
        return run(sql, binding, PreparedStatement::executeUpdate);
    }

    /** Whether the statement did nothing because of other rows or other transactions. */
    static boolean collided(AuthUnavailableException failure) {
        String state = state(failure);
        return state.startsWith("23") || state.startsWith("40");
    }

    /** Whether a server that is there ended the statement because it took too long, or waited too long for a lock. */
    static boolean ranOutOfTime(AuthUnavailableException failure) {
        return OUT_OF_TIME.contains(state(failure));
    }

    private static String state(AuthUnavailableException failure) {
        return failure.getCause() instanceof SQLException cause && cause.getSQLState() != null
                ? cause.getSQLState()
                : "";
    }

    private <T> T run(String sql, Binding binding, Work<T> work) {
        try (Connection connection = dataSource.getConnection()) {
            return NETWORK.around(connection, () -> executed(connection, sql, binding, work));
        } catch (SQLException failed) {
            throw new AuthUnavailableException("the database did not answer", withoutRow(failed));
        }
    }

    private static <T> T executed(Connection connection, String sql, Binding binding, Work<T> work)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setQueryTimeout(TIMEOUT_SECONDS);
            binding.bind(new Parameters(statement));
            T result = work.run(statement);
            // A pool may hand out connections without auto-commit; closing one uncommitted would lose the write.
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
            return result;
        }
    }

    /** A row that the types of this module refuse is damage in the store, never the fault of who asked. */
    private static <T> T readable(Row<T> row, ResultSet results) throws SQLException {
        try {
            return row.read(results);
        } catch (RuntimeException refused) {
            throw new AuthUnavailableException("the database holds a row that cannot be read", refused);
        }
    }

    /** PostgreSQL quotes the row that broke a rule, address and hash included; of such an exception the code remains. */
    private static SQLException withoutRow(SQLException failed) {
        String state = failed.getSQLState();
        if (state == null || QUOTES_NO_ROW.contains(state.substring(0, Math.min(2, state.length())))) {
            return failed;
        }
        SQLException bare =
                new SQLException("SQLState " + state + "; the message may quote a row", state, failed.getErrorCode());
        bare.setStackTrace(failed.getStackTrace());
        return bare;
    }

    /** Sets one parameter after the other. */
    static final class Parameters {
        private final PreparedStatement statement;
        private int index;

        private Parameters(PreparedStatement statement) {
            this.statement = statement;
        }

        Parameters text(String value) throws SQLException {
            statement.setString(++index, value);
            return this;
        }

        Parameters texts(Collection<String> values) throws SQLException {
            statement.setArray(++index, statement.getConnection().createArrayOf("text", values.toArray()));
            return this;
        }

        Parameters number(long value) throws SQLException {
            statement.setLong(++index, value);
            return this;
        }

        Parameters bytes(byte[] value) throws SQLException {
            statement.setBytes(++index, value);
            return this;
        }

        Parameters instant(Instant value) throws SQLException {
            statement.setObject(++index, value.atOffset(ZoneOffset.UTC));
            return this;
        }

        Parameters noInstant() throws SQLException {
            statement.setNull(++index, Types.TIMESTAMP_WITH_TIMEZONE);
            return this;
        }

        Parameters date(LocalDate value) throws SQLException {
            statement.setObject(++index, value);
            return this;
        }
    }
}
