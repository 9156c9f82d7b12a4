package dev.hardening.ratelimit.jdbc;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.RateLimitUnavailableException;
import dev.hardening.ratelimit.internal.StoreClock;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.jdbc.CustomColumnProvider;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.remote.RemoteBucketState;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Keeps buckets as rows of {@code hardening_ratelimit.bucket}, exact over all processes on one database.
 *
 * <p>On bucket4j's own PostgreSQL back end ({@code SELECT ... FOR UPDATE}): one short transaction a take, in its own
 * connection. A row expires when its bucket is full again, so that expiry never gives a token away; {@link
 * #purgeExpired} removes such rows and has to be called from time to time.
 *
 * <p>Time is the database's, asked for every half minute; the clocks of the processes do not matter. Set the connection
 * timeout of the pool: waiting for a connection is not part of the request timeout. Calls for one key at the same time
 * go to the database together. Safe for many threads.
 */
public final class PostgresBucketStore implements BucketStore {
    private static final String TABLE = "hardening_ratelimit.bucket";
    // SKIP LOCKED: a row in use is not waited for. A row without a state is what a process left that died in between.
    private static final String PURGE = "DELETE FROM " + TABLE + " WHERE id IN (SELECT id FROM " + TABLE
            + " WHERE expires_at <= ? OR state IS NULL LIMIT ? FOR UPDATE SKIP LOCKED)";
    private static final int PURGE_SECONDS = 30;

    private final DataSource dataSource;
    private final StoreClock databaseTime;
    private final DatabaseTime asking;
    private final TimeMeter clock;
    private final @Nullable Clock chosen;
    private final BucketStore buckets;

    private PostgresBucketStore(Builder builder) {
        dataSource = builder.dataSource;
        databaseTime = new StoreClock("the database of the bucket store", System::nanoTime, builder.machine);
        asking = new DatabaseTime(dataSource, databaseTime);
        chosen = builder.clock;
        clock = chosen == null ? databaseTime : StoreClock.of(chosen);
        ProxyManager<String> manager = Bucket4jPostgreSQL.selectForUpdateBasedBuilder(dataSource)
                .primaryKeyMapper(PrimaryKeyMapper.STRING)
                .table(TABLE)
                .idColumn("id")
                .stateColumn("state")
                .clientClock(clock)
                .executionStrategy(asking)
                .requestTimeout(builder.requestTimeout)
                .addCustomColumn(new ExpiresAt(builder.keepAfterFull))
                .build();
        buckets = BucketStores.proxied(manager);
    }

    /**
     * Makes a store with the defaults of the builder.
     *
     * @param dataSource a pool on a database that holds {@code dev/hardening/ratelimit/db}; stays the caller's to close
     * @return the store
     */
    public static PostgresBucketStore create(DataSource dataSource) {
        return builder(dataSource).build();
    }

    /**
     * Starts a store.
     *
     * @param dataSource a pool on a database that holds {@code dev/hardening/ratelimit/db}; stays the caller's to close
     * @return a builder for one thread
     */
    public static Builder builder(DataSource dataSource) {
        return new Builder(Objects.requireNonNull(dataSource, "dataSource"));
    }

    @Override
    public Space open(SpaceSpec spec) {
        return buckets.open(spec);
    }

    @Override
    public Optional<Instant> time() {
        return chosen == null ? databaseTime.time() : Optional.of(chosen.instant());
    }

    /**
     * Deletes rows whose buckets have long been full, in 30 s at most; rows in use are left alone.
     *
     * @param batch the most rows to delete, at least 1
     * @return how many were deleted; as many as {@code batch} means that there may be more
     * @throws RateLimitUnavailableException if the database does not answer
     */
    public int purgeExpired(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        asking.ensureKnown();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement delete = connection.prepareStatement(PURGE)) {
            delete.setQueryTimeout(PURGE_SECONDS);
            delete.setLong(1, TimeUnit.NANOSECONDS.toMillis(clock.currentTimeNanos()));
            delete.setInt(2, batch);
            int deleted = delete.executeUpdate();
            // A pool may hand out connections without auto-commit; closing one uncommitted would keep the rows.
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
            return deleted;
        } catch (SQLException failure) {
            throw new RateLimitUnavailableException("the bucket store did not answer a purge", failure);
        }
    }

    /**
     * Tells how far the clock of this machine is ahead of the database's; limits count by the database's.
     *
     * @return the difference as it was half a minute ago at most, or empty before the database was first asked
     */
    public Optional<Duration> clockSkew() {
        return databaseTime.skew();
    }

    /**
     * When a row may go: its bucket full and the grace over. bucket4j's own expiration adds the time to refill, counted
     * by the clock it was given, to the system's time; this stays with one clock.
     */
    private record ExpiresAt(Duration grace) implements CustomColumnProvider<String> {
        @Override
        public void setCustomField(String key, int index, PreparedStatement update, RemoteBucketState state, long nanos)
                throws SQLException {
            Duration full = Duration.ofNanos(nanos).plusNanos(state.calculateFullRefillingTime(nanos));
            update.setLong(index, full.plus(grace).plusMillis(1).toMillis());
        }

        @Override
        public String getCustomFieldName() {
            return "expires_at";
        }
    }

    /** Collects a store; not for several threads. */
    public static final class Builder {
        private final DataSource dataSource;
        private @Nullable Clock clock;
        private Clock machine = Clock.systemUTC();
        private Duration requestTimeout = Duration.ofSeconds(2);
        private Duration keepAfterFull = Duration.ofMinutes(1);

        private Builder(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        /**
         * Sets a clock to count by instead of the database's, for tests that move time.
         *
         * @param wallClock the clock of all processes on this database
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /** What this machine takes for the time; compared with the database's, never counted by. */
        Builder machineClock(Clock wallClock) {
            machine = wallClock;
            return this;
        }

        /**
         * Sets how long one take may last; 2 s if not called. A single statement is given whole seconds, at least 1.
         *
         * @param timeout 100 ms to 1 min
         * @return this builder
         */
        public Builder requestTimeout(Duration timeout) {
            boolean sound =
                    timeout.compareTo(Duration.ofMillis(100)) >= 0 && timeout.compareTo(Duration.ofMinutes(1)) <= 0;
            if (!sound) {
                throw new IllegalArgumentException("timeout must be 100 ms to 1 min, got " + timeout);
            }
            requestTimeout = timeout;
            return this;
        }

        /**
         * Sets how long a row stays after its bucket is full; 1 min if not called.
         *
         * @param grace 1 s to 1 day
         * @return this builder
         */
        public Builder keepAfterFull(Duration grace) {
            boolean sound = grace.compareTo(Duration.ofSeconds(1)) >= 0 && grace.compareTo(Duration.ofDays(1)) <= 0;
            if (!sound) {
                throw new IllegalArgumentException("grace must be 1 s to 1 day, got " + grace);
            }
            keepAfterFull = grace;
            return this;
        }

        /**
         * Makes the store; no connection is opened yet, so the application starts with the database away.
         *
         * @return the store
         */
        public PostgresBucketStore build() {
            return new PostgresBucketStore(this);
        }
    }
}
