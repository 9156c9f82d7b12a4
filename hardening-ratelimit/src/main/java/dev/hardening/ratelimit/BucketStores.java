package dev.hardening.ratelimit;

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
     * @param timeout how long a caller waits, 5 ms to 1 min; a manager that cannot be asked without waiting goes by its
     *     own timeout
     * @param executor where {@link BucketStore.Space#takeAsync} asks a manager that can only be waited for, and where the
     *     answers of one that need not be waited for are handed on; in {@link #standard} the caller's own thread, and the
     *     common pool
     */
    public record ProxiedSpec(int proxies, Duration timeout, Executor executor) {
        private static final int STANDARD_PROXIES = 10_000;
        private static final int MOST_PROXIES = 1_000_000;
        private static final Executor NONE = Runnable::run;
        /** Given the pool itself, CompletableFuture starts a thread for each step on machines of one or two cores. */
        private static final Executor COMMON = ForkJoinPool.getCommonPoolParallelism() > 0
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
}
