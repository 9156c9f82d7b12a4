package dev.hardening.examples.lms.school;

import dev.hardening.auth.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;
import javax.sql.DataSource;

/**
 * Transactions that belong to one tenant: its name is set for the transaction alone, and the policies of the database
 * let no row of another through, whatever a query forgot.
 *
 * <p>Policies do not bind a superuser or a role that bypasses them, so {@link #open} asks the server whether they are in
 * force and refuses to work if they are not.
 */
final class Tenancy {
    private static final String BIND = "SELECT set_config('lms.tenant', ?, true)";
    private static final Set<String> AWAY = Set.of("08", "53", "57", "58");

    private final DataSource source;

    private Tenancy(DataSource source) {
        this.source = source;
    }

    /**
     * Makes sure that the policies bind the role of these connections.
     *
     * @throws IllegalStateException if they do not
     */
    static Tenancy open(DataSource source) {
        Tenancy tenancy = new Tenancy(source);
        if (!tenancy.bound()) {
            throw new IllegalStateException("the database role of the service bypasses row-level security:"
                    + " serve requests as an ordinary role, without SUPERUSER and BYPASSRLS");
        }
        return tenancy;
    }

    /** Runs work in one transaction of a tenant; commits if it returns, rolls back if it throws. */
    <T> T in(TenantId tenant, Work<T> work) {
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            boolean committed = false;
            try {
                bind(connection, tenant);
                T value = work.run(connection);
                connection.commit();
                committed = true;
                return value;
            } finally {
                end(connection, committed);
            }
        } catch (SQLException failure) {
            throw translated(failure);
        }
    }

    private boolean bound() {
        return in(new TenantId("main"), connection -> {
            try (PreparedStatement asked = connection.prepareStatement("SELECT row_security_active('lms.courses')");
                    ResultSet answer = asked.executeQuery()) {
                return answer.next() && answer.getBoolean(1);
            }
        });
    }

    private void bind(Connection connection, TenantId tenant) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BIND)) {
            statement.setString(1, tenant.value());
            statement.execute();
        }
    }

    /** Rolls back first: switching auto-commit on would commit what is open. */
    private static void end(Connection connection, boolean committed) throws SQLException {
        if (!committed) {
            connection.rollback();
        }
        connection.setAutoCommit(true);
    }

    private static RuntimeException translated(SQLException failure) {
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        boolean away = failure instanceof SQLTransientException
                || (state.length() == 5 && AWAY.contains(state.substring(0, 2)));
        return away
                ? new SchoolUnavailableException("the database is away", failure)
                : new IllegalStateException("the database refused a statement: SQLSTATE " + state, failure);
    }

    /** Work within a transaction. */
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }
}
