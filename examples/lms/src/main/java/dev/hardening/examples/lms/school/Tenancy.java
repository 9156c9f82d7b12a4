package dev.hardening.examples.lms.school;

import dev.hardening.auth.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that belong to one tenant: its name is set for the transaction alone, and the policies of the database
 * let no row of another through, whatever a query forgot.
 *
 * <p>Policies do not bind a superuser. Where the service is one, each transaction steps down to {@code lms_tenant};
 * {@link #open} asks the server whether the policies are in force and refuses to work if they are not.
 */
final class Tenancy {
    private static final String STATEMENT_TIMEOUT = "10s";
    private static final String BIND = "SELECT set_config('lms.tenant', ?, true), set_config('statement_timeout', '"
            + STATEMENT_TIMEOUT + "', true)";
    private static final String STEP_DOWN = BIND + ", set_config('role', 'lms_tenant', true)";
    private static final Set<String> AWAY = Set.of("08", "53", "57", "58");

    private final DataSource source;
    private final String bind;

    private Tenancy(DataSource source, String bind) {
        this.source = source;
        this.bind = bind;
    }

    /**
     * Finds out how to make the policies bind.
     *
     * @throws IllegalStateException if the database role of the service bypasses them and cannot step down
     */
    static Tenancy open(DataSource source) {
        Tenancy plain = new Tenancy(source, BIND);
        if (plain.bound()) {
            return plain;
        }
        Tenancy stepping = new Tenancy(source, STEP_DOWN);
        try {
            if (stepping.bound()) {
                return stepping;
            }
        } catch (IllegalStateException noSuchRole) {
            throw unbound(noSuchRole);
        }
        throw unbound(null);
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
        try (PreparedStatement statement = connection.prepareStatement(bind)) {
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

    private static IllegalStateException unbound(@Nullable Throwable cause) {
        return new IllegalStateException(
                "the database role of the service bypasses row-level security and cannot step down to lms_tenant:"
                        + " use an ordinary role that owns the schema lms",
                cause);
    }

    /** Work within a transaction. */
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }
}
