package dev.hardening.ratelimit.concurrency;

import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.RateLimitConfigurationException;
import dev.hardening.ratelimit.RequestFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Bounds how many requests of one user, or of any other key, are in flight at once, in this process.
 *
 * <p>A rate does not stop someone who starts few requests that take long. All or nothing over the limits: a request that
 * one of them refuses holds no place under another. A place is given back when the {@link Permit} is closed or when it was
 * held for longer than {@link PermitLimit#maxHold}, whichever comes first, and once.
 *
 * <p>Safe for many threads; parks none and starts none, so what was held too long is looked for when a key is full or
 * {@link #purgeExpired} is called. Only keys with something in flight are held in memory.
 *
 * <pre>{@code
 * ConcurrencyLimiter permits = ConcurrencyLimiter.builder()
 *         .limit(PermitLimit.of("user", Keys.user(), 6))
 *         .build();
 * }</pre>
 */
public final class ConcurrencyLimiter {
    private static final String SHARED_KEY = "-";

    private final List<PermitTable> tables;
    private final LongSupplier ticker;
    private final ConcurrencyListener listener;

    private ConcurrencyLimiter(Builder builder) {
        tables = builder.limits.stream().map(PermitTable::new).toList();
        ticker = builder.ticker;
        listener = new GuardedConcurrencyListener(builder.listener);
    }

    /**
     * Starts a limiter.
     *
     * @return a builder for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Takes a place under every limit that applies, or none.
     *
     * @param facts what is known about the request
     * @return {@link Acquisition.Granted}, whose permit has to be closed, or {@link Acquisition.Refused}
     */
    public Acquisition acquire(RequestFacts facts) {
        Objects.requireNonNull(facts, "facts");
        // All keys before the first place: a reader of the application that throws must not cost anybody a place.
        List<Optional<String>> keys = new ArrayList<>(tables.size());
        for (PermitTable table : tables) {
            keys.add(key(table.limit(), facts));
        }
        Places places = new Places(tables.size());
        Acquisition acquisition = null;
        try {
            acquisition = take(keys, places);
        } finally {
            if (!(acquisition instanceof Acquisition.Granted)) {
                places.run();
            }
        }
        if (acquisition instanceof Acquisition.Refused refused) {
            listener.refused(new ConcurrencyListener.Refused(facts, refused.limit()));
        }
        return acquisition;
    }

    /**
     * Runs something in its place and gives the place back, whatever comes of it.
     *
     * @param <T> the result
     * @param facts what is known about the request
     * @param body runs if there is a place
     * @param otherwise answers if there is none
     * @return what one of the two gave
     * @throws Exception what {@code body} throws
     */
    public <T> T call(
            RequestFacts facts, Callable<T> body, Function<? super Acquisition.Refused, ? extends T> otherwise)
            throws Exception {
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(otherwise, "otherwise");
        Acquisition acquisition = acquire(facts);
        if (acquisition instanceof Acquisition.Granted granted) {
            try {
                return body.call();
            } finally {
                granted.permit().close();
            }
        }
        return otherwise.apply((Acquisition.Refused) acquisition);
    }

    /**
     * Takes back what was held too long, of keys that nobody asks for any more too; call it from time to time.
     *
     * @param batch the most to take back, at least 1
     * @return how many were taken back
     */
    public int purgeExpired(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        int purged = 0;
        long now = ticker.getAsLong();
        for (PermitTable table : tables) {
            List<Lease> gone = new ArrayList<>();
            table.purge(now, gone, batch - purged);
            purged += gone.size();
            tell(table, gone, now);
        }
        return purged;
    }

    /**
     * Lists the limits.
     *
     * @return in the order in which they are asked, unmodifiable
     */
    public List<PermitLimit> limits() {
        return tables.stream().map(PermitTable::limit).toList();
    }

    /**
     * Counts what is in flight under a limit.
     *
     * @param limit the limit's name
     * @return the number, or empty if there is no such limit
     */
    public OptionalLong inFlight(String limit) {
        return figure(limit, PermitTable::inFlight);
    }

    /**
     * Counts the keys that have something in flight under a limit, which are the keys held in memory.
     *
     * @param limit the limit's name
     * @return the number, or empty if there is no such limit
     */
    public OptionalLong trackedKeys(String limit) {
        return figure(limit, table -> (long) table.size());
    }

    /**
     * Counts what a limit has refused.
     *
     * @param limit the limit's name
     * @return the number since the start, or empty if there is no such limit
     */
    public OptionalLong refused(String limit) {
        return figure(limit, PermitTable::refused);
    }

    /**
     * Counts what was taken back under a limit because it was held too long.
     *
     * @param limit the limit's name
     * @return the number since the start, or empty if there is no such limit
     */
    public OptionalLong expired(String limit) {
        return figure(limit, PermitTable::expired);
    }

    private OptionalLong figure(String limit, Function<PermitTable, Long> reader) {
        return tables.stream()
                .filter(table -> table.limit().name().equals(limit))
                .mapToLong(reader::apply)
                .findFirst();
    }

    private static Optional<String> key(PermitLimit limit, RequestFacts facts) {
        Optional<String> key = limit.key().key(facts);
        return key.isEmpty() && limit.missingKey() == MissingKey.SHARE ? Optional.of(SHARED_KEY) : key;
    }

    /** Takes until a limit has no place left; what was taken until then stands in {@code places}. */
    private Acquisition take(List<Optional<String>> keys, Places places) {
        long now = ticker.getAsLong();
        for (int index = 0; index < keys.size(); index++) {
            PermitTable table = tables.get(index);
            String key = keys.get(index).orElse(null);
            if (key != null && !take(table, key, now, places)) {
                return new Acquisition.Refused(table.limit());
            }
        }
        return new Acquisition.Granted(new Permit(places));
    }

    private boolean take(PermitTable table, String key, long now, Places places) {
        List<Lease> gone = new ArrayList<>(0);
        Lease lease = table.take(key, now, gone);
        if (lease != null) {
            places.add(table, lease);
        }
        tell(table, gone, now);
        return lease != null;
    }

    private void tell(PermitTable table, List<Lease> gone, long now) {
        for (Lease lease : gone) {
            Duration held = Duration.ofNanos(now - lease.since);
            listener.expired(new ConcurrencyListener.Expired(table.limit().name(), held));
        }
    }

    /** The places of one request; running it gives them back. */
    private static final class Places implements Runnable {
        private final PermitTable[] tables;
        private final Lease[] leases;
        private int count;

        private Places(int most) {
            tables = new PermitTable[most];
            leases = new Lease[most];
        }

        private void add(PermitTable table, Lease lease) {
            tables[count] = table;
            leases[count] = lease;
            count++;
        }

        @Override
        public void run() {
            for (int index = 0; index < count; index++) {
                tables[index].release(leases[index]);
            }
        }
    }

    /** What came of {@link #acquire}. */
    public sealed interface Acquisition {
        /**
         * Tells whether there was a place.
         *
         * @return true for {@link Granted}
         */
        default boolean granted() {
            return this instanceof Granted;
        }

        /**
         * Goes one of two ways.
         *
         * @param <T> the result
         * @param onGranted if there was a place
         * @param onRefused if there was none
         * @return what the function gave
         */
        default <T> T fold(
                Function<? super Granted, ? extends T> onGranted, Function<? super Refused, ? extends T> onRefused) {
            return this instanceof Granted granted ? onGranted.apply(granted) : onRefused.apply((Refused) this);
        }

        /**
         * The request may go on.
         *
         * @param permit has to be closed when the request is over
         */
        record Granted(Permit permit) implements Acquisition {}

        /**
         * The key has as many requests in flight as it may: 429.
         *
         * @param limit the first limit that had no place
         */
        record Refused(PermitLimit limit) implements Acquisition {}
    }

    /** Collects a limiter; not for several threads. */
    public static final class Builder {
        private final List<PermitLimit> limits = new ArrayList<>();
        private LongSupplier ticker = System::nanoTime;
        private ConcurrencyListener listener = ConcurrencyListener.none();

        private Builder() {}

        /**
         * Adds a limit; a limiter without one is refused.
         *
         * @param limit its name must differ from those of the others
         * @return this builder
         */
        public Builder limit(PermitLimit limit) {
            limits.add(Objects.requireNonNull(limit, "limit"));
            return this;
        }

        /**
         * Sets the elapsed time; {@link System#nanoTime()} if not called.
         *
         * @param nanos elapsed nanoseconds
         * @return this builder
         */
        public Builder ticker(LongSupplier nanos) {
            ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Sets who hears of refusals and of what was held too long; nobody if not called.
         *
         * @param observer the listener
         * @return this builder
         */
        public Builder listener(ConcurrencyListener observer) {
            listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Makes the limiter.
         *
         * @return the limiter
         * @throws RateLimitConfigurationException with every fault found
         */
        public ConcurrencyLimiter build() {
            List<String> faults = new ArrayList<>();
            Set<String> names = new HashSet<>();
            if (limits.isEmpty()) {
                faults.add("a concurrency limiter needs a limit");
            }
            limits.stream()
                    .map(PermitLimit::name)
                    .filter(name -> !names.add(name))
                    .forEach(name -> faults.add("two permit limits have the name \"" + name + '"'));
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return new ConcurrencyLimiter(this);
        }
    }
}
