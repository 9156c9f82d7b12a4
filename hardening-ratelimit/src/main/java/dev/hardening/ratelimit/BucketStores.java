package dev.hardening.ratelimit;

import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.util.Objects;
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
        return new ProxiedBucketStore(manager);
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
