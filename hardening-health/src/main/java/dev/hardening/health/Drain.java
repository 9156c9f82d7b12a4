package dev.hardening.health;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a service without dropping a request: readiness down, wait for the load balancer, wait for the requests in
 * flight, then stop.
 *
 * <p>Runs once and goes one way. A second call of {@link #run} while the first is under way, from another thread, cuts
 * all waiting short and returns when the first has stopped. The default times, 5 s and 20 s, fit into the 30 s that
 * Kubernetes grants; the Java runtime does not hand a second SIGTERM to a shutdown hook, so {@link #onShutdown} alone
 * cannot be hurried.
 *
 * <p>Blocks the caller of {@link #run}; safe for many threads.
 */
public final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    private static final Duration STEP = Duration.ofMillis(50);

    private final Health health;
    private final Duration loadBalancerDelay;
    private final Duration deadline;
    private final IntSupplier inFlight;
    private final List<Runnable> stops;
    private final LongSupplier ticker;
    private final Pause pause;
    private final AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
    private final CountDownLatch hurry = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Report report = new Report(Duration.ZERO, 0, false);

    private Drain(Builder builder) {
        health = builder.health;
        loadBalancerDelay = builder.loadBalancerDelay;
        deadline = builder.deadline;
        inFlight = builder.inFlight;
        stops = List.copyOf(builder.stops);
        ticker = builder.ticker;
        pause = builder.pause == null ? this::await : builder.pause;
    }

    /** Waits a little; a test hands in one that moves a fake ticker instead. */
    @FunctionalInterface
    public interface Pause {
        /**
         * Waits.
         *
         * @param step at most 50 ms
         * @throws InterruptedException if the waiting is to end; counts as hurry
         */
        void await(Duration step) throws InterruptedException;
    }

    /**
     * What a drain came to.
     *
     * @param waited from the first act to the stop action
     * @param left requests still in flight when the stop action began
     * @param hurried whether a second call or an interrupt cut it short
     */
    public record Report(Duration waited, int left, boolean hurried) {}

    /**
     * Begins the description of a drain.
     *
     * @param health whose readiness goes down
     * @return a builder, not safe for many threads
     */
    public static Builder builder(Health health) {
        return new Builder(health);
    }

    /**
     * Drains and stops; blocks until the stop actions are done, also where the caller is interrupted: that cuts the
     * waiting short and stays set, but the stop actions do not see it.
     *
     * @return what it came to; a later caller gets the report of the first
     * @throws IllegalStateException if a stop action calls it
     */
    public Report run() {
        if (runner.compareAndSet(null, Thread.currentThread())) {
            try {
                report = drain();
            } finally {
                ended.countDown();
            }
            return report;
        }
        if (runner.get() == Thread.currentThread() && ended.getCount() > 0) {
            throw new IllegalStateException("a stop action must not start the drain it belongs to");
        }
        hurry.countDown();
        awaitEnd();
        return report;
    }

    /**
     * Runs this drain when the Java runtime is asked to end, by SIGTERM, SIGINT or {@code System.exit}.
     *
     * @return this
     */
    public Drain onShutdown() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::run, "hardening-health-drain"));
        return this;
    }

    private Report drain() {
        long start = ticker.getAsLong();
        health.drain();
        LOG.info("draining: readiness is down, waiting {} for the load balancer", loadBalancerDelay);
        boolean hurried = hold(loadBalancerDelay, false);
        hurried |= !hurried && hold(deadline, true);
        int left = inFlight();
        LOG.info("draining: stopping with {} requests in flight", left);
        Duration waited = Duration.ofNanos(ticker.getAsLong() - start);
        stopAll();
        return new Report(waited, left, hurried);
    }

    /** An interrupt ended the waiting and no more: stop actions wait for things of their own. */
    private void stopAll() {
        boolean interrupted = Thread.interrupted();
        try {
            stops.forEach(Drain::contained);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits for a time, or until nothing is in flight; says whether it was cut short. */
    private boolean hold(Duration most, boolean untilIdle) {
        long end = ticker.getAsLong() + most.toNanos();
        long left = most.toNanos();
        while (left > 0 && !(untilIdle && inFlight() == 0)) {
            if (hurry.getCount() == 0 || !paused(Math.min(left, STEP.toNanos()))) {
                return true;
            }
            left = end - ticker.getAsLong();
        }
        return false;
    }

    private boolean paused(long nanos) {
        try {
            pause.await(Duration.ofNanos(nanos));
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private int inFlight() {
        try {
            return Math.max(0, inFlight.getAsInt());
        } catch (RuntimeException broken) { // a counter that cannot count must not keep the process alive
            LOG.warn(
                    "the counter of requests in flight threw {}",
                    broken.getClass().getName());
            return 0;
        }
    }

    private static void contained(Runnable stop) {
        try {
            stop.run();
        } catch (Throwable thrown) { // the next stop action must run all the same
            LOG.error("a stop action failed", thrown);
        }
    }

    private void await(Duration step) throws InterruptedException {
        hurry.await(step.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void awaitEnd() {
        boolean interrupted = false;
        boolean over = false;
        while (!over) {
            try {
                ended.await();
                over = true;
            } catch (InterruptedException signal) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Describes a drain. Not safe for many threads. */
    public static final class Builder {
        private static final Duration MOST = Duration.ofMinutes(10);

        private final Health health;
        private final List<Runnable> stops = new ArrayList<>();
        private Duration loadBalancerDelay = Duration.ofSeconds(5);
        private Duration deadline = Duration.ofSeconds(20);
        private IntSupplier inFlight = () -> 0;
        private LongSupplier ticker = System::nanoTime;
        private @Nullable Pause pause;

        private Builder(Health health) {
            this.health = Objects.requireNonNull(health, "health");
        }

        /**
         * Sets how long requests are still served after readiness went down.
         *
         * @param value zero to 10 minutes; not calling it: 5 s, so that a load balancer has seen it
         * @return this
         */
        public Builder loadBalancerDelay(Duration value) {
            loadBalancerDelay = Objects.requireNonNull(value, "loadBalancerDelay");
            return this;
        }

        /**
         * Sets how long requests in flight are waited for, after the delay.
         *
         * @param value zero to 10 minutes; not calling it: 20 s
         * @return this
         */
        public Builder deadline(Duration value) {
            deadline = Objects.requireNonNull(value, "deadline");
            return this;
        }

        /**
         * Sets the counter of requests in flight, such as that of the servlet filter of this module.
         *
         * @param counter asked every 50 ms; not calling it: nothing is waited for
         * @return this
         */
        public Builder inFlight(IntSupplier counter) {
            inFlight = Objects.requireNonNull(counter, "counter");
            return this;
        }

        /**
         * Adds a stop action; each runs after the one before, whatever that threw.
         *
         * @param stop what ends the service
         * @return this
         */
        public Builder then(Runnable stop) {
            stops.add(Objects.requireNonNull(stop, "stop"));
            return this;
        }

        /**
         * Sets the source of elapsed nanoseconds.
         *
         * @param value monotonic; not calling it: {@link System#nanoTime}
         * @return this
         */
        public Builder ticker(LongSupplier value) {
            ticker = Objects.requireNonNull(value, "ticker");
            return this;
        }

        /**
         * Sets how the drain waits, for tests.
         *
         * @param value not calling it: waits in real time and ends at once when hurried
         * @return this
         */
        public Builder pause(Pause value) {
            pause = Objects.requireNonNull(value, "pause");
            return this;
        }

        /**
         * Makes the drain; nothing happens before {@link Drain#run}.
         *
         * @return the drain
         * @throws HealthConfigurationException if a time is out of range
         */
        public Drain build() {
            List<String> faults = new ArrayList<>();
            within(faults, "loadBalancerDelay", loadBalancerDelay);
            within(faults, "deadline", deadline);
            if (!faults.isEmpty()) {
                throw new HealthConfigurationException(faults);
            }
            return new Drain(this);
        }

        private static void within(List<String> faults, String what, Duration value) {
            if (value.isNegative() || value.compareTo(MOST) > 0) {
                faults.add(what + " must be from PT0S to " + MOST + ", got " + value);
            }
        }
    }
}
