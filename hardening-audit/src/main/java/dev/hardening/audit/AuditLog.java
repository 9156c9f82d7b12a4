package dev.hardening.audit;

import dev.hardening.audit.internal.LogFolder;
import dev.hardening.audit.internal.LogWriter;
import dev.hardening.audit.internal.Redactor;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stores security events so that what is acknowledged is on the disk.
 *
 * <p>A log is a directory with one writer. {@link #record} returns when the event was forced to the disk; callers that
 * come together share one force, so many threads cost little more than one. What cannot be stored is refused with
 * {@link AuditUnavailableException}, counted, and told of by a record in the log itself as soon as one can be written.
 *
 * <p>Safe for many threads, virtual ones included. An interrupt neither cuts a wait short nor harms the log; every wait
 * is bounded.
 */
public final class AuditLog implements AutoCloseable {
    private final LogWriter writer;

    private AuditLog(LogWriter writer) {
        this.writer = writer;
    }

    /**
     * Starts a log in a directory, which is made with mode 0700 if it is not there.
     *
     * @param directory no symbolic link, of mode 0700, owned by the user of this process
     * @return a builder, for one thread
     */
    public static Builder file(Path directory) {
        return new Builder(directory);
    }

    /**
     * Stores an event and returns when it is on the disk.
     *
     * @param event any event but one of the log's own
     * @return where it is
     * @throws AuditUnavailableException if it could not be stored, or not in time; answer 503
     * @throws IllegalArgumentException if only the log itself may write this type
     * @throws IllegalStateException if called on the writer thread, which would wait for itself
     */
    public Receipt record(AuditEvent event) {
        return writer.await(writer.submit(Objects.requireNonNull(event, "event")));
    }

    /**
     * Queues an event; blocks only while the queue is full, and no longer than the queue timeout.
     *
     * @param event any event but one of the log's own
     * @return completed when the event is on the disk, or exceptionally with {@link AuditUnavailableException}; what hangs
     *     on it without an executor runs on the writer thread and must be quick
     * @throws IllegalArgumentException if only the log itself may write this type
     * @throws IllegalStateException if called on the writer thread, which would wait for itself
     */
    public CompletionStage<Receipt> submit(AuditEvent event) {
        return writer.submit(Objects.requireNonNull(event, "event")).minimalCompletionStage();
    }

    /**
     * Queues an event if there is room, and never blocks: for floods that must not hold their callers up. What finds the
     * queue full is refused at once and counted in a gap record.
     *
     * @param event any event but one of the log's own
     * @return as for {@link #submit}
     * @throws IllegalArgumentException if only the log itself may write this type
     * @throws IllegalStateException if called on the writer thread
     */
    public CompletionStage<Receipt> offer(AuditEvent event) {
        return writer.offer(Objects.requireNonNull(event, "event")).minimalCompletionStage();
    }

    /**
     * Shows how the log fares, for health checks and gauges.
     *
     * @return the status now
     */
    public AuditStatus status() {
        return writer.status();
    }

    /**
     * Stores what is queued, writes the stop record and frees the directory; waits for the disk no longer than the
     * acknowledge timeout. Closing again does nothing.
     */
    @Override
    public void close() {
        writer.close();
    }

    /** Collects the settings of a log; not safe for many threads. */
    public static final class Builder {
        private static final Pattern ORIGIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,127}");
        private static final long MIN_SEGMENT = 4096;
        private static final Duration MAX_WAIT = Duration.ofHours(1);
        private static final int MIN_QUEUE_RECORDS = 2;
        private static final long MIN_QUEUE_BYTES = 1 << 16;

        private final Path directory;
        private final Set<String> redactedNames = new HashSet<>();
        private final List<Pattern> redactedPatterns = new ArrayList<>();
        private @Nullable String origin;
        private @Nullable String service;
        private Clock clock = Clock.systemUTC();
        private LongSupplier ticker = System::nanoTime;
        private SecureRandom random = new SecureRandom();
        private AuditListener listener = AuditListener.NONE;
        private long segmentBytes = 64L << 20;
        private int queueRecords = 8192;
        private long queueBytes = 16L << 20;
        private Duration queueTimeout = Duration.ofSeconds(2);
        private Duration acknowledgeTimeout = Duration.ofSeconds(10);

        private Builder(Path directory) {
            this.directory = Objects.requireNonNull(directory, "directory");
        }

        /**
         * Names the log; mandatory. The name stands in every record, so that none can be moved to another log.
         *
         * @param name up to 128 letters, digits and {@code . _ / -}, such as {@code lms.example/audit/main}
         * @return this
         */
        public Builder origin(String name) {
            origin = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Names the service that writes; without it, the origin up to the first slash.
         *
         * @param name such as {@code lms}
         * @return this
         */
        public Builder service(String name) {
            service = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the wall clock; without it, the system's.
         *
         * @param value the clock
         * @return this
         */
        public Builder clock(Clock value) {
            clock = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets where elapsed nanoseconds come from; without it, {@link System#nanoTime}.
         *
         * @param nanos never goes back
         * @return this
         */
        public Builder ticker(LongSupplier nanos) {
            ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Sets the source of randomness for event identifiers; without it, a new {@link SecureRandom}.
         *
         * @param value the source
         * @return this
         */
        public Builder random(SecureRandom value) {
            random = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets who hears how the log fares; without it, nobody.
         *
         * @param value must be quick
         * @return this
         */
        public Builder listener(AuditListener value) {
            listener = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets from which size on a new segment begins, at the next index divisible by 256; without it, 64 MiB.
         *
         * @param bytes at least 4,096
         * @return this
         */
        public Builder segmentBytes(long bytes) {
            segmentBytes = bytes;
            return this;
        }

        /**
         * Bounds what may wait for the disk; without it, 8,192 records and 16 MiB.
         *
         * @param records at least 2: opening after a crash writes as many
         * @param bytes at least 65,536, so that the longest event fits
         * @return this
         */
        public Builder queue(int records, long bytes) {
            queueRecords = records;
            queueBytes = bytes;
            return this;
        }

        /**
         * Bounds how long a caller waits for room in the queue; without it, 2 seconds.
         *
         * @param value zero to 1 hour
         * @return this
         */
        public Builder queueTimeout(Duration value) {
            queueTimeout = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Bounds how long {@link AuditLog#record} and {@link AuditLog#close} wait for the disk; without it, 10 seconds.
         *
         * @param value more than zero, up to 1 hour
         * @return this
         */
        public Builder acknowledgeTimeout(Duration value) {
            acknowledgeTimeout = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Adds the name of a detail whose value is never stored, beside passwords, tokens, cookies and the like.
         *
         * @param name compared without case and punctuation
         * @return this
         */
        public Builder redactName(String name) {
            redactedNames.add(Objects.requireNonNull(name, "name"));
            return this;
        }

        /**
         * Adds what else a secret looks like, beside tokens, PEM blocks, credentials and card numbers.
         *
         * @param pattern runs on every text, so it must not backtrack without bound
         * @return this
         */
        public Builder redactPattern(Pattern pattern) {
            redactedPatterns.add(Objects.requireNonNull(pattern, "pattern"));
            return this;
        }

        /**
         * Opens the log; on return its start record is on the disk, and what a crash tore off the end is cut and told of.
         *
         * @return the open log
         * @throws AuditConfigurationException with every fault of the settings and of the directory
         * @throws AuditUnavailableException if another writer has the directory, the disk does not answer, or the end of
         *     the log is damaged beyond what a crash can do
         */
        public AuditLog open() {
            List<String> faults = faults();
            if (origin == null || !faults.isEmpty()) {
                throw new AuditConfigurationException(faults);
            }
            try {
                List<String> unsafe = LogFolder.prepare(directory);
                if (!unsafe.isEmpty()) {
                    throw new AuditConfigurationException(unsafe);
                }
                return open(origin);
            } catch (IOException broken) {
                throw new AuditUnavailableException("audit log " + origin + " cannot be opened", broken);
            }
        }

        private AuditLog open(String name) throws IOException {
            LogFolder folder = LogFolder.lock(directory)
                    .orElseThrow(() -> new AuditUnavailableException("audit log " + name + " has another writer"));
            return new AuditLog(LogWriter.open(folder, settings(name)));
        }

        private LogWriter.Settings settings(String name) {
            return new LogWriter.Settings(
                    name,
                    service == null ? name.split("/", 2)[0] : service,
                    new LogWriter.Limits(segmentBytes, queueRecords, queueBytes, queueTimeout, acknowledgeTimeout),
                    new Redactor(redactedNames, redactedPatterns),
                    listener,
                    clock,
                    ticker,
                    random);
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            require(origin != null && ORIGIN.matcher(origin).matches(), "origin must match " + ORIGIN, origin, faults);
            require(service == null || !service.isBlank(), "service must not be blank", service, faults);
            require(segmentBytes >= MIN_SEGMENT, "segmentBytes must be at least 4096", segmentBytes, faults);
            require(queueRecords >= MIN_QUEUE_RECORDS, "queue records must be at least 2", queueRecords, faults);
            require(queueBytes >= MIN_QUEUE_BYTES, "queue bytes must be at least 65536", queueBytes, faults);
            require(
                    !queueTimeout.isNegative() && queueTimeout.compareTo(MAX_WAIT) <= 0,
                    "queueTimeout must be PT0S to " + MAX_WAIT,
                    queueTimeout,
                    faults);
            require(
                    acknowledgeTimeout.compareTo(Duration.ZERO) > 0 && acknowledgeTimeout.compareTo(MAX_WAIT) <= 0,
                    "acknowledgeTimeout must be more than PT0S, up to " + MAX_WAIT,
                    acknowledgeTimeout,
                    faults);
            return faults;
        }

        private static void require(boolean holds, String rule, @Nullable Object value, List<String> faults) {
            if (!holds) {
                faults.add(rule + ", got " + value);
            }
        }
    }
}
