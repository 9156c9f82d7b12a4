package dev.hardening.auth.session;

import dev.hardening.auth.AuthConfigurationException;
import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.auth.SessionId;
import dev.hardening.auth.TenantId;
import dev.hardening.auth.UserId;
import dev.hardening.auth.token.Revocations;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which sessions ended lately, so that their access tokens are refused from memory.
 *
 * <p>What this process ends counts at once. What other processes end counts no later than the staleness bound (2 s) after
 * it was committed: the store is asked four times within it, and an answer older than the bound is not used. If the
 * store cannot be asked for that long, {@link #revoked} throws {@link AuthUnavailableException}: it fails closed, and
 * nobody is told that a token is wrong. A bound of zero asks the store on every call.
 *
 * <p>Memory holds at most the given number of endings; from there on the store is asked instead, until all that found no
 * room is of no interest any more. One daemon
 * thread, {@code hardening-auth-revocations}, unless a scheduler is given; {@link #close} ends it. Safe for many threads;
 * blocks only when the memory is too old, for at most 250 ms and one query.
 */
public final class RevocationFeed implements Revocations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RevocationFeed.class);
    private static final int POLLS_PER_BOUND = 4;
    private static final int SWEEPS_PER_MEMORY = 20;
    private static final long LONGEST_WAIT = TimeUnit.MILLISECONDS.toNanos(250);

    private final SessionStore store;
    private final long staleness;
    private final Duration memory;
    private final int capacity;
    private final Clock clock;
    private final LongSupplier ticker;
    private final Map<SessionId, Instant> sessions = new ConcurrentHashMap<>();
    private final Map<User, Epoch> epochs = new ConcurrentHashMap<>();
    private final ReentrantLock polling = new ReentrantLock();
    private final @Nullable ScheduledThreadPoolExecutor ownThread;
    private final @Nullable ScheduledFuture<?> schedule;

    private String cursor = "";
    private Instant nextSweep = Instant.MIN;
    private boolean outageLogged;
    private volatile Instant gapUntil = Instant.MIN;
    private volatile boolean asked;
    private volatile long freshAt;
    private volatile boolean failed;
    private volatile long failedAt;

    private RevocationFeed(Builder builder) {
        store = Objects.requireNonNull(builder.store);
        staleness = builder.staleness.toNanos();
        memory = builder.memory;
        capacity = builder.capacity;
        clock = builder.clock;
        ticker = builder.ticker;
        ownThread = builder.scheduler == null && staleness > 0 ? thread() : null;
        ScheduledExecutorService scheduler = ownThread == null ? builder.scheduler : ownThread;
        schedule = scheduler == null || staleness == 0
                ? null
                : scheduler.scheduleWithFixedDelay(this::pollQuietly, 0, interval(), TimeUnit.NANOSECONDS);
    }

    private record User(TenantId tenant, UserId user) {}

    private record Epoch(long number, Instant until) {}

    /**
     * Begins a feed.
     *
     * @return a builder with the defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public boolean revoked(TenantId tenant, UserId user, SessionId session, long epoch) {
        if (staleness == 0) {
            return store.revoked(tenant, user, session, epoch);
        }
        if (overfull()) {
            return knows(tenant, user, session, epoch) || store.revoked(tenant, user, session, epoch);
        }
        if (!fresh()) {
            askAgain();
        }
        return knows(tenant, user, session, epoch);
    }

    @Override
    public Duration memory() {
        return memory;
    }

    /** Ends the thread, if it is the feed's own; an unstarted poll is dropped. */
    @Override
    public void close() {
        if (schedule != null) {
            schedule.cancel(false);
        }
        if (ownThread != null) {
            ownThread.shutdown();
        }
    }

    /** Takes note of a session that this process ended. */
    void ended(SessionId session) {
        Instant until = clock.instant().plus(memory);
        if (sessions.containsKey(session) || hasRoom(until)) {
            sessions.put(session, until);
        }
    }

    /** Takes note of an epoch that this process began. */
    void began(SessionStore.UserEpoch epoch) {
        Instant until = clock.instant().plus(memory);
        User user = new User(epoch.tenant(), epoch.user());
        if (epochs.containsKey(user) || hasRoom(until)) {
            epochs.merge(
                    user,
                    new Epoch(epoch.epoch(), until),
                    (before, now) -> before.number() > now.number() ? before : now);
        }
    }

    /** Where there is none, the memory has a gap, and the store is asked until every token of the gap has expired. */
    private boolean hasRoom(Instant until) {
        if (staleness == 0) {
            // The store is asked for each token, and nothing would ever sweep what is kept here.
            return false;
        }
        if (sessions.size() + epochs.size() < capacity) {
            return true;
        }
        gapUntil = until;
        return false;
    }

    /** Asks the store what ended since it was last asked. */
    void poll() {
        long start = ticker.getAsLong();
        Instant now = clock.instant();
        try {
            SessionStore.Changes changes = store.changes(cursor, now.minus(memory));
            changes.sessions().forEach(this::ended);
            changes.epochs().forEach(this::began);
            cursor = changes.cursor();
        } catch (RuntimeException failure) {
            failedAt = ticker.getAsLong();
            failed = true;
            throw failure instanceof AuthUnavailableException unavailable
                    ? unavailable
                    : new AuthUnavailableException("the session store failed", failure);
        }
        sweep(now);
        freshAt = start;
        asked = true;
        failed = false;
        if (outageLogged) {
            outageLogged = false;
            LOG.info("revocations are read again");
        }
    }

    private void pollQuietly() {
        polling.lock();
        try {
            poll();
        } catch (AuthUnavailableException unavailable) {
            if (!outageLogged) {
                outageLogged = true;
                LOG.warn(
                        "revocations cannot be read; access tokens are refused as unavailable after the bound",
                        unavailable);
            }
        } finally {
            polling.unlock();
        }
    }

    private boolean fresh() {
        return asked && ticker.getAsLong() - freshAt <= staleness;
    }

    private boolean knows(TenantId tenant, UserId user, SessionId session, long epoch) {
        Epoch present = epochs.get(new User(tenant, user));
        return sessions.containsKey(session) || (present != null && epoch < present.number());
    }

    /** The memory is too old: a pause of the process, or a store that does not answer. */
    private void askAgain() {
        if (failed && ticker.getAsLong() - failedAt < interval()) {
            throw new AuthUnavailableException("the session store has not told what was revoked");
        }
        pollWithin(LONGEST_WAIT);
    }

    private void pollWithin(long nanoseconds) {
        boolean locked = false;
        try {
            locked = polling.tryLock(nanoseconds, TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!locked) {
            throw new AuthUnavailableException("the session store takes too long to tell what was revoked");
        }
        try {
            if (!fresh()) {
                poll();
            }
        } finally {
            polling.unlock();
        }
    }

    private boolean overfull() {
        return sessions.size() + epochs.size() >= capacity || !clock.instant().isAfter(gapUntil);
    }

    private void sweep(Instant now) {
        if (now.isBefore(nextSweep)) {
            return;
        }
        nextSweep = now.plus(memory.dividedBy(SWEEPS_PER_MEMORY));
        sessions.values().removeIf(now::isAfter);
        epochs.values().removeIf(epoch -> now.isAfter(epoch.until()));
    }

    private long interval() {
        return staleness / POLLS_PER_BOUND;
    }

    private static ScheduledThreadPoolExecutor thread() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "hardening-auth-revocations");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /** Collects what a feed needs; not safe for many threads. */
    public static final class Builder {
        private static final Duration LONGEST_STALENESS = Duration.ofSeconds(60);
        private static final Duration LONGEST_MEMORY = Duration.ofHours(24);

        private @Nullable SessionStore store;
        private @Nullable ScheduledExecutorService scheduler;
        private Duration staleness = Duration.ofSeconds(2);
        private Duration memory = Duration.ofMinutes(20);
        private int capacity = 200_000;
        private Clock clock = Clock.systemUTC();
        private LongSupplier ticker = System::nanoTime;

        private Builder() {}

        /**
         * Sets the store to ask; required.
         *
         * @param source the store of the sessions
         * @return this
         */
        public Builder store(SessionStore source) {
            store = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Sets who runs the polls; a daemon thread of the feed's own unless called.
         *
         * @param executor stays the caller's to shut down
         * @return this
         */
        public Builder scheduler(ScheduledExecutorService executor) {
            scheduler = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Sets how late an ending in another process may count here; 2 s unless called.
         *
         * @param bound 0 (ask the store on every call) or 100 ms to 60 s
         * @return this
         */
        public Builder staleness(Duration bound) {
            staleness = Objects.requireNonNull(bound, "bound");
            return this;
        }

        /**
         * Sets how long an ending is remembered; 20 minutes unless called.
         *
         * @param time must outlast every access token; at most 24 h
         * @return this
         */
        public Builder memory(Duration time) {
            memory = Objects.requireNonNull(time, "time");
            return this;
        }

        /**
         * Sets how many endings are held before the store is asked instead; 200,000 unless called.
         *
         * @param endings at least 1, some 200 bytes each
         * @return this
         */
        public Builder capacity(int endings) {
            capacity = endings;
            return this;
        }

        /**
         * Sets the wall clock; the system's unless called.
         *
         * @param source any clock
         * @return this
         */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Sets the source of elapsed nanoseconds; {@link System#nanoTime} unless called.
         *
         * @param source never goes back
         * @return this
         */
        public Builder ticker(LongSupplier source) {
            ticker = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Checks everything and starts the feed.
         *
         * @return a feed to be closed
         * @throws AuthConfigurationException with all faults at once
         */
        public RevocationFeed build() {
            List<String> faults = new ArrayList<>();
            if (store == null) {
                faults.add("store must be set");
            }
            if (!staleness.isZero() && (staleness.toMillis() < 100 || staleness.compareTo(LONGEST_STALENESS) > 0)) {
                faults.add("staleness must be 0 or 100 ms to " + LONGEST_STALENESS + ", got " + staleness);
            }
            if (memory.isNegative() || memory.isZero() || memory.compareTo(LONGEST_MEMORY) > 0) {
                faults.add("memory must be positive and at most " + LONGEST_MEMORY + ", got " + memory);
            }
            if (capacity < 1) {
                faults.add("capacity must be positive, got " + capacity);
            }
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            return new RevocationFeed(this);
        }
    }
}
