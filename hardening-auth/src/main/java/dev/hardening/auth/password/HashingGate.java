package dev.hardening.auth.password;

import dev.hardening.auth.AuthConfigurationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Lets as many threads hash as there are cores, a few wait a moment, and tells the rest to come back.
 *
 * <p>Without it a burst of logins fills the heap with Argon2 memory and makes every one of them slow. Pass the gate
 * before any look-up, so that being turned away says nothing about an account.
 *
 * <p>Defaults: one permit a core, a wait of 150 ms, a queue of four a permit, first come first served. Waiting parks the
 * thread, which a virtual thread does without holding its carrier. Safe for many threads.
 */
public final class HashingGate {
    private final Semaphore permits;
    private final Duration maximumWait;
    private final int maximumQueue;
    private final Duration retryAfter;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong turnedAway = new AtomicLong();

    private HashingGate(Builder builder) {
        permits = new Semaphore(builder.permits, true);
        maximumWait = builder.maximumWait;
        maximumQueue = builder.queue();
        retryAfter = builder.retryAfter;
    }

    /**
     * Makes a gate with the defaults for this machine.
     *
     * @return one permit for each core
     */
    public static HashingGate cores() {
        return builder().build();
    }

    /**
     * Starts from the defaults.
     *
     * @return a builder, not safe for many threads
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Runs the work on this thread once there is a permit.
     *
     * @param work is run at most once, holding a permit
     * @param busy makes the answer where none came free in time, from the time after which to try again
     * @param <T> the answer
     * @return what one of the two returned
     */
    public <T> T run(Supplier<T> work, Function<Duration, T> busy) {
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(busy, "busy");
        if (!enter()) {
            turnedAway.incrementAndGet();
            return busy.apply(retryAfter);
        }
        try {
            return work.get();
        } finally {
            permits.release();
        }
    }

    /**
     * Runs work that can be left for another day, only where a permit is free and nobody waits for it.
     *
     * @param work is run at most once, holding a permit
     * @return whether it was run
     */
    public boolean runIfIdle(Runnable work) {
        Objects.requireNonNull(work, "work");
        if (permits.hasQueuedThreads() || !permits.tryAcquire()) {
            return false;
        }
        try {
            work.run();
            return true;
        } finally {
            permits.release();
        }
    }

    /**
     * Counts the permits that are free now.
     *
     * @return 0 or more
     */
    public int free() {
        return permits.availablePermits();
    }

    /**
     * Counts the threads that wait now.
     *
     * @return 0 up to the length of the queue
     */
    public int waiting() {
        return waiting.get();
    }

    /**
     * Counts the calls that were turned away since the gate was built.
     *
     * @return 0 or more
     */
    public long turnedAway() {
        return turnedAway.get();
    }

    private boolean enter() {
        try {
            // The timed form keeps the order of arrival; the plain tryAcquire would barge.
            return permits.tryAcquire(0, TimeUnit.NANOSECONDS) || enterAfterWaiting();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean enterAfterWaiting() throws InterruptedException {
        if (waiting.incrementAndGet() > maximumQueue) {
            waiting.decrementAndGet();
            return false;
        }
        try {
            return permits.tryAcquire(maximumWait.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            waiting.decrementAndGet();
        }
    }

    /** Collects the bounds; not safe for many threads. */
    public static final class Builder {
        private static final int QUEUE_PER_PERMIT = 4;
        private static final Duration DEFAULT_WAIT = Duration.ofMillis(150);
        private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

        private int permits = Runtime.getRuntime().availableProcessors();
        private Duration maximumWait = DEFAULT_WAIT;
        private OptionalInt maximumQueue = OptionalInt.empty();
        private Duration retryAfter = Duration.ofSeconds(1);

        private Builder() {}

        /**
         * Sets how many threads may hash at once; not calling it means one a core.
         *
         * @param count at least 1
         * @return this
         */
        public Builder permits(int count) {
            permits = count;
            return this;
        }

        /**
         * Sets how long a thread may wait; not calling it means 150 ms.
         *
         * @param wait zero up to 10 s
         * @return this
         */
        public Builder maximumWait(Duration wait) {
            maximumWait = Objects.requireNonNull(wait, "wait");
            return this;
        }

        /**
         * Sets how many threads may wait; not calling it means four a permit.
         *
         * @param length 0 or more
         * @return this
         */
        public Builder maximumQueue(int length) {
            maximumQueue = OptionalInt.of(length);
            return this;
        }

        /**
         * Sets what a caller who is turned away is told; not calling it means 1 s.
         *
         * @param pause positive
         * @return this
         */
        public Builder retryAfter(Duration pause) {
            retryAfter = Objects.requireNonNull(pause, "pause");
            return this;
        }

        /**
         * Builds the gate.
         *
         * @return safe for many threads
         * @throws AuthConfigurationException if a bound is out of its range
         */
        public HashingGate build() {
            List<String> faults = new ArrayList<>();
            if (permits < 1) {
                faults.add("permits must be at least 1, got " + permits);
            }
            if (maximumWait.isNegative() || maximumWait.compareTo(LONGEST_WAIT) > 0) {
                faults.add("maximumWait must be from zero to " + LONGEST_WAIT + ", got " + maximumWait);
            }
            if (queue() < 0) {
                faults.add("maximumQueue must not be negative, got " + queue());
            }
            if (retryAfter.isNegative() || retryAfter.isZero()) {
                faults.add("retryAfter must be positive, got " + retryAfter);
            }
            if (!faults.isEmpty()) {
                throw new AuthConfigurationException(faults);
            }
            return new HashingGate(this);
        }

        private int queue() {
            return maximumQueue.orElse(QUEUE_PER_PERMIT * Math.max(permits, 0));
        }
    }
}
