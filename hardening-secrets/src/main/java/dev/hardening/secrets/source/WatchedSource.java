package dev.hardening.secrets.source;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source that follows its place: it reads again and again, counts what changes, and keeps the last good values.
 *
 * <p>Each change is a new generation, seen within one poll interval (one second more where files are written in place,
 * see {@link SecretReading.Builder#changesInPlace}). A reading that fails, that finds a value emptied or everything gone,
 * changes nothing: the values stay, {@link #state} says STALE, since when and why, and the next try comes after a random
 * part of a delay that doubles. Only past {@code maxStale}, where one is set, does a look-up end in
 * {@link SecretsUnavailableException}; composed by {@link #or}, it then ends the same way and does not fall through.
 *
 * <p>Look-ups take no lock and do no I/O. One thread reads: a daemon named {@code hardening-secrets-source-<name>}, which
 * ends with {@link #close}, or the scheduler that was given. Safe for many threads.
 */
public final class WatchedSource implements SecretSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedSource.class);
    private static final Duration SETTLING = Duration.ofSeconds(1);

    private final Watch watch;
    private final BackOff backOff;
    private final Staleness limits;
    private final ScheduledExecutorService scheduler;
    private final boolean ownScheduler;
    private @Nullable Future<?> next;
    private boolean closed;

    private WatchedSource(Watch watch, Builder given) {
        this.watch = watch;
        this.backOff = WatchedSetup.backOff(given);
        this.limits = Staleness.after(given.pollInterval, given.maxStale);
        this.ownScheduler = given.scheduler == null;
        this.scheduler = given.scheduler == null ? thread(watch.name()) : given.scheduler;
    }

    /**
     * Starts a source; {@code name} and {@code reader} are mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Looks a value up in the current generation.
     *
     * @param name the variable
     * @return a copy, the caller's to close, or empty if there is none
     * @throws SecretsUnavailableException if the values are older than {@code maxStale}
     * @throws IllegalStateException if this source is closed
     */
    @Override
    public Optional<Secret> find(String name) {
        Objects.requireNonNull(name, "name");
        try (SourceSnapshot now = snapshot()) {
            return now.find(name);
        }
    }

    /**
     * Takes the current generation as a whole, for values that must fit each other.
     *
     * @return the snapshot, the caller's to close
     * @throws SecretsUnavailableException if the values are older than {@code maxStale}
     * @throws IllegalStateException if this source is closed
     */
    public SourceSnapshot snapshot() {
        Generation held =
                watch.hold().orElseThrow(() -> new IllegalStateException("source " + watch.name() + " is closed"));
        Duration age = watch.age();
        if (limits.expired(age)) {
            held.release();
            throw new SecretsUnavailableException(
                    "source " + watch.name() + " has had no good reading for " + age + ": " + state().reason());
        }
        return new SourceSnapshot(held);
    }

    /**
     * Tells how the source stands; costs nothing, so a health check may ask each second.
     *
     * @return the state of this moment
     */
    public SourceState state() {
        return watch.state(limits);
    }

    /**
     * Reads now, on this thread, and takes over what it finds without waiting for it to settle; for a moment at which the
     * caller knows that the writer has finished. Waits while another reading is under way.
     *
     * @return the state after the reading, which may have failed
     */
    public SourceState refresh() {
        watch.turn(Watch.Trust.AT_ONCE);
        watch.tell();
        return state();
    }

    /** Stops reading and wipes the values, except in snapshots that are still open; closing again does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (next != null) {
                next.cancel(true);
            }
        }
        if (ownScheduler) {
            scheduler.shutdownNow();
        }
        watch.close();
    }

    /**
     * Prints name and generation, and nothing of the values.
     *
     * @return such as {@code WatchedSource[lms, generation 3]}
     */
    @Override
    public String toString() {
        return "WatchedSource[" + watch.name() + ", generation " + state().generation() + "]";
    }

    private void poll() {
        try {
            watch.turn(Watch.Trust.WHEN_SETTLED);
            watch.tell();
        } catch (Throwable failed) { // of a clock or ticker that was given; nobody reads the future it would end in
            LOG.error(
                    "reading source {} ended in {}",
                    watch.name(),
                    failed.getClass().getName());
        } finally {
            schedule();
        }
    }

    private synchronized void schedule() {
        if (closed) {
            return;
        }
        try {
            next = scheduler.schedule(this::poll, pause().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException over) {
            LOG.warn("source {} is read no more: its scheduler was shut down", watch.name());
        }
    }

    private Duration pause() {
        Duration regular = backOff.after(watch.failures());
        return watch.unsettled() && regular.compareTo(SETTLING) > 0 ? SETTLING : regular;
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "hardening-secrets-source-" + name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Collects what a source needs; not safe for many threads. */
    public static final class Builder {
        String name = "";

        @Nullable
        SecretReader reader;

        Duration pollInterval = Duration.ofSeconds(10);

        @Nullable
        Duration maxBackOff;

        @Nullable
        Duration maxStale;

        SecureRandom random = new SecureRandom();
        private Clock clock = Clock.systemUTC();
        private LongSupplier ticker = System::nanoTime;
        private @Nullable ScheduledExecutorService scheduler;
        private SourceListener listener = SourceListener.none();

        private Builder() {}

        /**
         * Names the source in logs, events and health; mandatory.
         *
         * @param sourceName lower-case letters, digits and dashes, a letter first, at most 64
         * @return this builder
         */
        public Builder name(String sourceName) {
            name = Objects.requireNonNull(sourceName, "sourceName");
            return this;
        }

        /**
         * Says what is read; mandatory.
         *
         * @param secretReader reads everything at once
         * @return this builder
         */
        public Builder reader(SecretReader secretReader) {
            reader = Objects.requireNonNull(secretReader, "secretReader");
            return this;
        }

        /**
         * Says how long to wait between two readings; 10 s if not called.
         *
         * @param interval 1 s to 1 day
         * @return this builder
         */
        public Builder pollInterval(Duration interval) {
            pollInterval = Objects.requireNonNull(interval, "interval");
            return this;
        }

        /**
         * Says how long to wait at most after readings that failed; one minute if not called, or the poll interval if
         * that is longer.
         *
         * @param longest the poll interval to 1 day
         * @return this builder
         */
        public Builder maxBackOff(Duration longest) {
            maxBackOff = Objects.requireNonNull(longest, "longest");
            return this;
        }

        /**
         * Says from which age on values are not served any more; they are served for ever if not called.
         *
         * @param longest three poll intervals at least
         * @return this builder
         */
        public Builder maxStale(Duration longest) {
            maxStale = Objects.requireNonNull(longest, "longest");
            return this;
        }

        /**
         * Gives the clock for the dates of generations and events; the system's if not called.
         *
         * @param wallClock the clock
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /**
         * Gives the source of elapsed nanoseconds; {@link System#nanoTime} if not called.
         *
         * @param nanoseconds never goes back
         * @return this builder
         */
        public Builder ticker(LongSupplier nanoseconds) {
            ticker = Objects.requireNonNull(nanoseconds, "nanoseconds");
            return this;
        }

        /**
         * Gives the source of randomness for delays; a {@link SecureRandom} of its own if not called.
         *
         * @param source scatters the delays after failures
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Gives the threads that read; a daemon thread of the source's own if not called.
         *
         * @param executor stays the caller's to shut down
         * @return this builder
         */
        public Builder scheduler(ScheduledExecutorService executor) {
            scheduler = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Says who hears of changes and failures; nobody if not called.
         *
         * @param sourceListener must be quick
         * @return this builder
         */
        public Builder listener(SourceListener sourceListener) {
            listener = Objects.requireNonNull(sourceListener, "sourceListener");
            return this;
        }

        /**
         * Reads for the first time and starts to follow.
         *
         * @return the source, at generation 1
         * @throws SecretsConfigurationException with every fault of what was given, or if the place is not safe to trust
         * @throws SecretsUnavailableException if the first reading fails: there is nothing to fall back on
         */
        public WatchedSource build() {
            List<String> faults = WatchedSetup.faults(this);
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            Watch watch = new Watch(name, Objects.requireNonNull(reader), clock, ticker, listener);
            WatchedSource source = new WatchedSource(watch, this);
            source.schedule();
            return source;
        }
    }
}
