package dev.hardening.examples.lms.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * The pool of connections that serve requests, all of them as the serving role.
 *
 * <p>At most 20 connections; whoever gets none within 5 s gets an exception. A statement ends after 30 s, a wait for a
 * lock after 10 s and an idle transaction after a minute, so that no request holds a connection for ever. Safe for many
 * threads.
 */
public final class Database implements AutoCloseable {
    private static final int CONNECTIONS = 20;
    private static final String BOUNDS = "SET statement_timeout = '30s'; SET lock_timeout = '10s';"
            + " SET idle_in_transaction_session_timeout = '60s'";

    private final HikariDataSource pool;

    private Database(HikariDataSource pool) {
        this.pool = pool;
    }

    /** Opens the pool with one connection; the schemas must be migrated. */
    public static Database open(Access access) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("lms");
        config.setDataSource(access.serving());
        config.setConnectionInitSql(access.stepDown() ? "SET ROLE " + access.role() + "; " + BOUNDS : BOUNDS);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(2);
        config.setConnectionTimeout(Duration.ofSeconds(5).toMillis());
        config.setValidationTimeout(Duration.ofSeconds(2).toMillis());
        config.setKeepaliveTime(Duration.ofMinutes(2).toMillis());
        return new Database(new HikariDataSource(config));
    }

    /** For stores and domain code; connections go back to the pool when closed. */
    public DataSource dataSource() {
        return pool;
    }

    /** Closes the pool; connections in use end too. */
    @Override
    public void close() {
        pool.close();
    }
}
