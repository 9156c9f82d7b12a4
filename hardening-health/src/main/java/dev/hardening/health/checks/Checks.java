package dev.hardening.health.checks;

import dev.hardening.health.HealthCheck;
import dev.hardening.health.LocalCheck;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Objects;
import javax.sql.DataSource;

/** Makes the built-in checks; those of type {@link LocalCheck} fit liveness, the others readiness. */
public final class Checks {
    private static final long MEBIBYTE = 1_048_576;

    private Checks() {}

    /**
     * Asks a database for {@code SELECT 1}.
     *
     * <p>The rest of the deadline becomes the query timeout, and at expiry the connection is aborted, so a database that
     * accepts and never answers costs no thread. A pool that hands out no connection is reported as {@code timeout} at
     * the step {@code connection}; its thread comes back when the pool gives up.
     *
     * @param dataSource a pool or a plain source
     * @return the check; its findings hold the SQL state and never a message
     */
    public static HealthCheck jdbc(DataSource dataSource) {
        return new JdbcCheck(Objects.requireNonNull(dataSource, "dataSource"), JdbcCheck.ALIVE);
    }

    /**
     * Asks a PostgreSQL server whether it takes writes; warns {@code read-only} on a replica.
     *
     * @param dataSource a pool or a plain source
     * @return the check, otherwise like {@link #jdbc}
     */
    public static HealthCheck jdbcWritable(DataSource dataSource) {
        return new JdbcCheck(Objects.requireNonNull(dataSource, "dataSource"), JdbcCheck.READ_ONLY);
    }

    /**
     * Looks for threads that wait for each other for ever. Virtual threads are not seen.
     *
     * <p>Stops all threads for a moment: keep the interval at 30 s, the default of liveness, or longer.
     *
     * @return the check
     */
    public static LocalCheck deadlock() {
        return new DeadlockCheck(ManagementFactory.getThreadMXBean());
    }

    /**
     * Watches the room left on a disk: warns under 10 % or 1 GiB, fails under 256 MiB.
     *
     * @param folder an existing folder on that disk
     * @return the check
     */
    public static HealthCheck disk(Path folder) {
        return new DiskCheck(Objects.requireNonNull(folder, "folder"), 1_024 * MEBIBYTE, 256 * MEBIBYTE);
    }

    /**
     * Watches the room left on a disk.
     *
     * @param folder an existing folder on that disk
     * @param warnBelow bytes under which it warns, not less than {@code failBelow}
     * @param failBelow bytes under which it fails
     * @return the check
     */
    public static HealthCheck disk(Path folder, long warnBelow, long failBelow) {
        if (failBelow < 0 || warnBelow < failBelow) {
            throw new IllegalArgumentException(
                    "0 <= failBelow <= warnBelow must hold, got " + failBelow + " and " + warnBelow);
        }
        return new DiskCheck(Objects.requireNonNull(folder, "folder"), warnBelow, failBelow);
    }

    /**
     * Watches how full the heap was after the last full collection.
     *
     * @param failAbove the percentage above which it fails, 1 to 99; 90 is a good choice
     * @return the check; up while no full collection has happened
     */
    public static LocalCheck heap(int failAbove) {
        if (failAbove < 1 || failAbove > 99) {
            throw new IllegalArgumentException("failAbove must be from 1 to 99, got " + failAbove);
        }
        return new HeapCheck(ManagementFactory.getMemoryPoolMXBeans(), failAbove);
    }
}
