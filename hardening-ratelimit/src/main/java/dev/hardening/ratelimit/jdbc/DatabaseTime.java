package dev.hardening.ratelimit.jdbc;

import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.ratelimit.internal.StoreClock;
import io.github.bucket4j.distributed.proxy.ExecutionStrategy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * Asks the database for its time before a call, at the first and then every half minute, in a connection of its own.
 *
 * <p>Before, and not within: a call that holds a connection and wants another one could starve a pool.
 */
final class DatabaseTime implements ExecutionStrategy {
    private static final String NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    private static final int SECONDS = 2;

    private final DataSource dataSource;
    private final StoreClock clock;

    DatabaseTime(DataSource dataSource, StoreClock clock) {
        this.dataSource = dataSource;
        this.clock = clock;
    }

    @Override
    public <T> T execute(Supplier<T> call) {
        ensureKnown();
        return call.get();
    }

    @Override
    public <T> CompletableFuture<T> executeAsync(Supplier<CompletableFuture<T>> call) {
        ensureKnown();
        return call.get();
    }

    /** A clock that is known goes on without the database; one that was never known counts nothing. */
    void ensureKnown() {
        if (!clock.due() && clock.known()) {
            return;
        }
        try {
            ask();
        } catch (SQLException failure) {
            if (!clock.known()) {
                throw new RateLimitUnavailableException(
                        "the database of the bucket store did not tell its time", failure);
            }
        }
    }

    private void ask() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(NOW)) {
            statement.setQueryTimeout(SECONDS);
            long sent = clock.tick();
            try (ResultSet row = statement.executeQuery()) {
                long received = clock.tick();
                if (row.next()) {
                    clock.look(sent, received, TimeUnit.MICROSECONDS.toNanos(row.getLong(1)));
                }
            }
            // Closed in the middle of a transaction, a connection without auto-commit is a matter of taste of its pool.
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
        }
    }
}
