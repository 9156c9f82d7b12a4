package dev.hardening.health.checks;

import dev.hardening.health.CheckResult;
import dev.hardening.health.Deadline;
import dev.hardening.health.HealthCheck;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import javax.sql.DataSource;

/** Runs one statement that answers one word; {@code on} is a warning. */
final class JdbcCheck implements HealthCheck {
    static final String ALIVE = "SELECT 1";
    static final String READ_ONLY = "SELECT current_setting('transaction_read_only')";

    private final DataSource dataSource;
    private final String sql;

    JdbcCheck(DataSource dataSource, String sql) {
        this.dataSource = dataSource;
        this.sql = sql;
    }

    @Override
    public CheckResult run(Deadline deadline) {
        deadline.step("connection");
        try (Connection connection = dataSource.getConnection()) {
            deadline.onExpire(() -> abort(connection));
            deadline.step("query");
            return ask(connection, deadline);
        } catch (SQLException failure) {
            return CheckResult.fail("database").with("sqlState", Objects.requireNonNullElse(failure.getSQLState(), ""));
        }
    }

    private CheckResult ask(Connection connection, Deadline deadline) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(Math.toIntExact(deadline.remaining().toSeconds() + 1));
            try (ResultSet rows = statement.executeQuery(sql)) {
                boolean readOnly = rows.next() && "on".equals(rows.getString(1));
                return readOnly ? CheckResult.warn("read-only") : CheckResult.ok();
            }
        }
    }

    /** Ends the connection under the driver's feet; {@code close} would give a broken one back to its pool. */
    private static void abort(Connection connection) throws SQLException {
        connection.abort(Runnable::run);
    }
}
