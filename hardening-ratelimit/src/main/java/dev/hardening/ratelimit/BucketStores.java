package dev.hardening.ratelimit;

import dev.hardening.ratelimit.FailureMode.Trip;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.LongSupplier;

/** Makes bucket stores: for this process, or on a proxy manager of bucket4j. */
public final class BucketStores {
    private BucketStores() {}

    /**
     * Makes a store in the heap of this process, with {@link LocalSpec#standard()}.
     *
     * @return a store that need not be closed
     */
    public static BucketStore local() {
        return local(LocalSpec.standard());
    }

    /**
     * Makes a store in the heap of this process.
     *
     * <p>Its memory is bounded and no limit is ever forgotten to make room: a key leaves only when its bucket must be
     * full again. While {@link LocalSpec#maxKeys} keys of one policy are held, new keys share stripes with one another
     * ({@link BucketStore.Source#OVERFLOW}); they may be refused too early, never let through too often.
     *
     * @param spec size and time
     * @return a store that need not be closed
     */
    public static BucketStore local(LocalSpec spec) {
        return new LocalBucketStore(spec);
    }

    /**
     * Makes a store that several processes share, on a proxy manager of bucket4j's own: the one type of bucket4j in
     * this API. {@code jdbc.PostgresBucketStore} makes a safe one for PostgreSQL.
     *
     * @param manager with a request timeout and with an expiration that follows the time for refilling, or calls may
     *     hang and keys stay for ever; it remains the caller's to close
     * @return a store that need not be closed
     */
    public static BucketStore proxied(ProxyManager<String> manager) {
        return proxied(manager, ProxiedSpec.standard());
    }

    /**
     * Makes a store that several processes share, on a proxy manager of bucket4j's own.
     *
     * @param manager as for {@link #proxied(ProxyManager)}; where it can be asked without waiting, it is
     * @param spec batching, time and threads
     * @return a store that need not be closed
     */
    public static BucketStore proxied(ProxyManager<String> manager, ProxiedSpec spec) {
        return new ProxiedBucketStore(manager, spec);
    }

    /**
     * Says how a store on a proxy manager is asked.
     *
     * @param proxies for how many keys of a policy calls at the same time travel together, 0 to 1,000,000; some 600
     *     bytes each. 0 is no batching: each call goes alone
     * @param timeout how long a caller waits, 5 ms to 1 min; in the caller's own thread, a manager that cannot be asked
     *     without waiting goes by its own timeout
     * @param executor where {@link BucketStore.Space#takeAsync} asks a manager that can only be waited for, and where the
     *     answers of one that need not be waited for are handed on; in {@link #standard} the caller's own thread, and the
     *     common pool. One that rejects is no outage of answers: those that are there are handed on where they came, and
     *     what needs a thread fails as unavailable
     */
    public record ProxiedSpec(int proxies, Duration timeout, Executor executor) {
        private static final int STANDARD_PROXIES = 10_000;
        private static final int MOST_PROXIES = 1_000_000;
        private static final Executor NONE = Runnable::run;
        /** Given the pool itself, CompletableFuture starts a thread for each step on machines of one or two cores. */
        static final Executor COMMON = ForkJoinPool.getCommonPoolParallelism() > 0
                ? step -> ForkJoinPool.commonPool().execute(step)
                : NONE;

        private static final Duration STANDARD_TIMEOUT = Duration.ofSeconds(2);
        private static final Duration SHORTEST = Duration.ofMillis(5);
        private static final Duration LONGEST = Duration.ofMinutes(1);

        /**
         * Checks the figures.
         *
         * @param proxies for how many keys calls travel together
         * @param timeout how long a caller waits
         * @param executor runs what must not run in the caller's thread
         * @throws IllegalArgumentException if one is out of range
         */
        public ProxiedSpec {
            Objects.requireNonNull(executor, "executor");
            if (proxies < 0 || proxies > MOST_PROXIES) {
                throw new IllegalArgumentException("proxies must be 0 to " + MOST_PROXIES + ", got " + proxies);
            }
            if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        "timeout must be " + SHORTEST + " to " + LONGEST + ", got " + timeout);
            }
        }

        /**
         * Gives the defaults.
         *
         * @return 10,000 keys of each policy, 2 s, no executor
         */
        public static ProxiedSpec standard() {
            return new ProxiedSpec(STANDARD_PROXIES, STANDARD_TIMEOUT, NONE);
        }

        /**
         * Changes for how many keys calls travel together.
         *
         * @param keys of each policy; 0 for no batching
         * @return a changed copy
         */
        public ProxiedSpec withProxies(int keys) {
            return new ProxiedSpec(keys, timeout, executor);
        }

        /**
         * Changes how long a caller waits.
         *
         * @param most 5 ms to 1 min
         * @return a changed copy
         */
        public ProxiedSpec withTimeout(Duration most) {
            return new ProxiedSpec(proxies, most, executor);
        }

        /**
         * Changes the threads.
         *
         * @param threads runs what must not run in the caller's thread; stays the caller's to end
         * @return a changed copy
         */
        public ProxiedSpec withExecutor(Executor threads) {
            return new ProxiedSpec(proxies, timeout, threads);
        }

        boolean hasThreads() {
            return executor != NONE;
        }

        Executor completions() {
            return hasThreads() ? executor : COMMON;
        }
    }

    /**
     * Puts a guard in front of a shared store, so that nobody waits for it while it does not answer.
     *
     * <p>After a few failures no call goes there any more, but for one a second that probes it; the first answer lets
     * all of them go again. Meanwhile buckets that were opened {@link FailureMode#LOCAL} count in this process, by a
     * share of their limits, and what was spent is debited from the shared bucket afterwards; all others are refused
     * with a {@link RateLimitUnavailableException} at once. What the store has refused is remembered for a moment
     * ({@link BucketStore.Source#DENY_CACHE}), so that a flood of refused requests does not reach it.
     *
     * <p>No thread is started and none waits for another.
     *
     * @param shared gives up after a time of its own (some 50 ms); closing the guard closes it
     * @param spec when to give up, and what then
     * @return the guarded store
     * @throws IllegalArgumentException if {@code shared} is leased or guarded already
     */
    public static BucketStore guarded(BucketStore shared, OutageSpec spec) {
        return new GuardedStore(shared, spec);
    }

    /**
     * Takes from a shared store in advance, a few tokens at a time, so that most requests need not ask it; for large
     * limits that need not be exact in every instant.
     *
     * <p>Tokens are only ever spent after they were taken from the shared bucket, so over all time no more is admitted
     * than the limits allow. But they may be spent up to a second later: in any window, each process admits at most
     * {@code capacity / (4 * processes)} more for a key, all of them together a quarter of the smallest capacity. What
     * is not spent goes back. Around a guarded store, not inside of one.
     *
     * @param shared closing what is returned closes it
     * @param processes how many share the store, 1 to 1,000; with more than that, more is held than a quarter
     * @return the store; limits of less than {@code 8 * processes} are asked for as before
     * @throws IllegalArgumentException if {@code shared} is leased already
     */
    public static BucketStore leased(BucketStore shared, int processes) {
        return new LeasedStore(shared, LeaseSpec.of(processes));
    }

    /**
     * Says how large a local store may get and what time it goes by.
     *
     * @param maxKeys the most keys held for each policy, 16 to 50,000,000; some 450 bytes each
     * @param ticker elapsed nanoseconds, as {@link System#nanoTime()}; steps of the wall clock do not touch it
     */
    public record LocalSpec(int maxKeys, LongSupplier ticker) {
        private static final int STANDARD_KEYS = 200_000;
        private static final int MOST_KEYS = 50_000_000;
        private static final int FEWEST_KEYS = 16;

        /**
         * Checks the figures.
         *
         * @param maxKeys the most keys held for each policy
         * @param ticker elapsed nanoseconds
         * @throws IllegalArgumentException if {@code maxKeys} is out of range
         */
        public LocalSpec {
            Objects.requireNonNull(ticker, "ticker");
            if (maxKeys < FEWEST_KEYS || maxKeys > MOST_KEYS) {
                throw new IllegalArgumentException(
                        "maxKeys must be " + FEWEST_KEYS + " to " + MOST_KEYS + ", got " + maxKeys);
            }
        }

        /**
         * Gives the defaults.
         *
         * @return 200,000 keys for each policy, and the JVM's own ticker
         */
        public static LocalSpec standard() {
            return new LocalSpec(STANDARD_KEYS, System::nanoTime);
        }

        /**
         * Changes the size.
         *
         * @param keys the most keys held for each policy
         * @return a changed copy
         */
        public LocalSpec withMaxKeys(int keys) {
            return new LocalSpec(keys, ticker);
        }

        /**
         * Changes the time.
         *
         * @param nanos elapsed nanoseconds
         * @return a changed copy
         */
        public LocalSpec withTicker(LongSupplier nanos) {
            return new LocalSpec(maxKeys, nanos);
        }
    }

    /**
     * Says when a guarded store counts as silent and what happens then.
     *
     * @param name names the store in events and meters
     * @param share the part of each limit that this process grants by itself meanwhile, above 0, at most 1. So many
     *     processes may admit {@code processes * ceil(share * limit)} together: of what fits and of what comes back
     * @param fallbackKeys the most keys for which this process counts and remembers what it granted, for each policy
     * @param deniedKeys the most refusals remembered for each policy; 0 remembers none
     * @param trip when to give up and when to try again
     * @param ticker elapsed nanoseconds, as {@link System#nanoTime()}
     * @param listener hears when the store falls silent and when it answers again, and of failed calls that a fallback
     *     has answered
     */
    public record OutageSpec(
            String name,
            double share,
            int fallbackKeys,
            int deniedKeys,
            Trip trip,
            LongSupplier ticker,
            RateLimitListener listener) {
        private static final double STANDARD_SHARE = 0.25;
        private static final int STANDARD_FALLBACK = 100_000;
        private static final int STANDARD_DENIED = 50_000;

        /**
         * Checks the figures.
         *
         * @param name names the store
         * @param share the part of each limit that this process grants by itself
         * @param fallbackKeys the most keys counted here
         * @param deniedKeys the most refusals remembered
         * @param trip when to give up
         * @param ticker elapsed nanoseconds
         * @param listener hears of it
         * @throws IllegalArgumentException if one is out of range
         */
        public OutageSpec {
            require(name.matches("[a-z][a-z0-9._-]{0,63}"), "name must match [a-z][a-z0-9._-]{0,63}, got " + name);
            require(share > 0 && share <= 1, "share must be above 0 and at most 1, got " + share);
            require(deniedKeys >= 0, "deniedKeys must not be negative, got " + deniedKeys);
            new LocalSpec(fallbackKeys, ticker);
            Objects.requireNonNull(trip, "trip");
            Objects.requireNonNull(listener, "listener");
        }

        /**
         * Gives the defaults: a quarter of each limit, 100,000 keys, 50,000 refusals, {@link Trip#standard()}.
         *
         * @return the defaults, heard by nobody, of a store named "shared"
         */
        public static OutageSpec standard() {
            return new OutageSpec(
                    "shared",
                    STANDARD_SHARE,
                    STANDARD_FALLBACK,
                    STANDARD_DENIED,
                    Trip.standard(),
                    System::nanoTime,
                    RateLimitListener.none());
        }

        /**
         * Changes the name.
         *
         * @param store names the store in events and meters
         * @return a changed copy
         */
        public OutageSpec withName(String store) {
            return new OutageSpec(store, share, fallbackKeys, deniedKeys, trip, ticker, listener);
        }

        /**
         * Changes the share; one by the number of processes keeps the whole at the limit.
         *
         * @param part above 0, at most 1
         * @return a changed copy
         */
        public OutageSpec withShare(double part) {
            return new OutageSpec(name, part, fallbackKeys, deniedKeys, trip, ticker, listener);
        }

        /**
         * Changes how many keys are counted here.
         *
         * @param keys the most for each policy
         * @return a changed copy
         */
        public OutageSpec withFallbackKeys(int keys) {
            return new OutageSpec(name, share, keys, deniedKeys, trip, ticker, listener);
        }

        /**
         * Changes how many refusals are remembered.
         *
         * @param keys the most for each policy; 0 remembers none, so that every refusal is the store's own
         * @return a changed copy
         */
        public OutageSpec withDeniedKeys(int keys) {
            return new OutageSpec(name, share, fallbackKeys, keys, trip, ticker, listener);
        }

        /**
         * Changes when to give up.
         *
         * @param when the figures
         * @return a changed copy
         */
        public OutageSpec withTrip(Trip when) {
            return new OutageSpec(name, share, fallbackKeys, deniedKeys, when, ticker, listener);
        }

        /**
         * Changes the time.
         *
         * @param nanos elapsed nanoseconds
         * @return a changed copy
         */
        public OutageSpec withTicker(LongSupplier nanos) {
            return new OutageSpec(name, share, fallbackKeys, deniedKeys, trip, nanos, listener);
        }

        /**
         * Changes who hears of it.
         *
         * @param observer the listener
         * @return a changed copy
         */
        public OutageSpec withListener(RateLimitListener observer) {
            return new OutageSpec(name, share, fallbackKeys, deniedKeys, trip, ticker, observer);
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
