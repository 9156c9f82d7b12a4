package dev.hardening.ratelimit.concurrency;

import dev.hardening.ratelimit.RateLimitConfigurationException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Turns requests away while the whole service has as many in flight as it can bear, the least important first.
 *
 * <p>That is nobody's own doing, so over HTTP it is 503 and never 429. Each priority may keep a share of the capacity to
 * itself and to what is more important: {@link Priority#CRITICAL} 20 % and {@link Priority#NORMAL} another 20 % unless set.
 * LOW then stops at 60 % of the capacity, NORMAL and LOW together at 80 %, and CRITICAL may use all of it.
 *
 * <p>A place is given back when the {@link Permit} is closed or when it was held for longer than the longest hold, once.
 * Safe for many threads; takes no lock, parks no thread and starts none. One admission is one compare-and-set and one
 * entry in a table of what is in flight.
 */
public final class LoadShedder {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,63}");

    private final String name;
    private final int capacity;
    private final Duration retryAfter;
    private final RandomGenerator random;
    private final LongSupplier ticker;
    private final ConcurrencyListener listener;
    private final Seats seats;
    private final SeatRegister register;
    private final Map<Priority, LongAdder> shed = new EnumMap<>(Priority.class);

    private LoadShedder(Builder builder) {
        name = builder.name;
        capacity = builder.capacity;
        retryAfter = builder.retryAfter;
        random = builder.random;
        ticker = builder.ticker;
        listener = new GuardedConcurrencyListener(builder.listener);
        seats = new Seats(builder.ceilings());
        register = new SeatRegister(seats, builder.maxHold.toNanos(), ticker.getAsLong());
        for (Priority priority : Priority.values()) {
            shed.put(priority, new LongAdder());
        }
    }

    /**
     * Starts a shedder.
     *
     * @param capacity how many requests the service can bear at once, 1 to 1,048,575
     * @return a builder for one thread
     */
    public static Builder builder(int capacity) {
        return new Builder(capacity);
    }

    /**
     * Lets a request in if there is room for what it is worth.
     *
     * @param priority what it is worth
     * @return {@link Admission.Admitted}, whose permit has to be closed, or {@link Admission.Shed}
     */
    public Admission admit(Priority priority) {
        Objects.requireNonNull(priority, "priority");
        long now = ticker.getAsLong();
        List<Duration> overdue = new ArrayList<>(0);
        Permit permit = register.enter(priority, now, overdue);
        tell(overdue);
        return permit == null ? turnedAway(priority) : new Admission.Admitted(permit);
    }

    /**
     * Takes back what was held too long; call it from time to time.
     *
     * @param batch the most to take back, at least 1
     * @return how many were taken back
     */
    public int purgeExpired(int batch) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be positive, got " + batch);
        }
        List<Duration> overdue = new ArrayList<>();
        register.purge(ticker.getAsLong(), batch, overdue);
        tell(overdue);
        return overdue.size();
    }

    /**
     * Names the shedder.
     *
     * @return {@code service} unless set
     */
    public String name() {
        return name;
    }

    /**
     * Tells how many requests the service can bear.
     *
     * @return the most in flight at once
     */
    public int capacity() {
        return capacity;
    }

    /**
     * Tells how many requests of a priority and of what is less important may be in flight.
     *
     * @param priority the priority
     * @return the capacity for {@link Priority#CRITICAL}, less for the others
     */
    public int ceiling(Priority priority) {
        return seats.ceiling(priority);
    }

    /**
     * Counts what is in flight.
     *
     * @param priority the priority
     * @return the number
     */
    public int inFlight(Priority priority) {
        return seats.taken(priority);
    }

    /**
     * Counts what was turned away.
     *
     * @param priority the priority
     * @return the number since the start
     */
    public long shed(Priority priority) {
        return counter(priority).sum();
    }

    /**
     * Counts what was taken back because it was held too long.
     *
     * @return the number since the start
     */
    public long expired() {
        return register.expired();
    }

    private Admission turnedAway(Priority priority) {
        counter(priority).increment();
        listener.shed(new ConcurrencyListener.Shed(name, priority));
        // All who are turned away at once would otherwise be back at once.
        long spread = random.nextLong(retryAfter.toMillis() + 1);
        return new Admission.Shed(priority, retryAfter.plusMillis(spread));
    }

    private LongAdder counter(Priority priority) {
        return Objects.requireNonNull(shed.get(priority), "priority");
    }

    private void tell(List<Duration> overdue) {
        overdue.forEach(held -> listener.expired(new ConcurrencyListener.Expired(name, held)));
    }

    /** What came of {@link #admit}. */
    public sealed interface Admission {
        /**
         * Tells whether there was room.
         *
         * @return true for {@link Admitted}
         */
        default boolean admitted() {
            return this instanceof Admitted;
        }

        /**
         * Goes one of two ways.
         *
         * @param <T> the result
         * @param onAdmitted if there was room
         * @param onShed if there was none
         * @return what the function gave
         */
        default <T> T fold(
                Function<? super Admitted, ? extends T> onAdmitted, Function<? super Shed, ? extends T> onShed) {
            return this instanceof Admitted admitted ? onAdmitted.apply(admitted) : onShed.apply((Shed) this);
        }

        /**
         * The request may go on.
         *
         * @param permit has to be closed when the request is over
         */
        record Admitted(Permit permit) implements Admission {}

        /**
         * The service has no room for it: 503.
         *
         * @param priority what the request was worth
         * @param retryAfter when to ask again, spread at random so that not all come back at once
         */
        record Shed(Priority priority, Duration retryAfter) implements Admission {}
    }

    /** Collects a shedder; not for several threads. */
    public static final class Builder {
        private static final int WHOLE = 100;
        private static final int STANDARD_RESERVE = 20;
        private static final Duration LONGEST_RETRY = Duration.ofHours(1);

        private final int capacity;
        private final Map<Priority, Integer> reserved = new EnumMap<>(Priority.class);
        private String name = "service";
        private Duration maxHold = Duration.ofMinutes(2);
        private Duration retryAfter = Duration.ofSeconds(2);
        private RandomGenerator random = new SecureRandom();
        private LongSupplier ticker = System::nanoTime;
        private ConcurrencyListener listener = ConcurrencyListener.none();

        private Builder(int capacity) {
            this.capacity = capacity;
            reserved.put(Priority.CRITICAL, STANDARD_RESERVE);
            reserved.put(Priority.NORMAL, STANDARD_RESERVE);
            reserved.put(Priority.LOW, 0);
        }

        /**
         * Names the shedder in meters and events; {@code service} if not called.
         *
         * @param label {@code [a-z][a-z0-9._-]{0,63}}
         * @return this builder
         */
        public Builder name(String label) {
            name = Objects.requireNonNull(label, "label");
            return this;
        }

        /**
         * Sets how much of the capacity is kept for a priority and what is more important; 20 % for
         * {@link Priority#CRITICAL} and for {@link Priority#NORMAL} if not called.
         *
         * @param priority not {@link Priority#LOW}, below which there is nothing to keep it from
         * @param percent of the capacity, rounded up to whole requests, 0 to 99
         * @return this builder
         */
        public Builder reserve(Priority priority, int percent) {
            reserved.put(Objects.requireNonNull(priority, "priority"), percent);
            return this;
        }

        /**
         * Sets after how long a request that has not said that it is over is taken to be; 2 minutes if not called.
         *
         * @param longest 1 ms to a day
         * @return this builder
         */
        public Builder maxHold(Duration longest) {
            maxHold = Objects.requireNonNull(longest, "longest");
            return this;
        }

        /**
         * Sets when to ask again; 2 s if not called. Each one turned away is told this long to twice as long, at random.
         *
         * @param shortest 1 s to an hour
         * @return this builder
         */
        public Builder retryAfter(Duration shortest) {
            retryAfter = Objects.requireNonNull(shortest, "shortest");
            return this;
        }

        /**
         * Sets the randomness that spreads the retries; a new {@link SecureRandom} if not called.
         *
         * @param source safe for many threads
         * @return this builder
         */
        public Builder random(RandomGenerator source) {
            random = Objects.requireNonNull(source, "source");
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
         * Sets who hears of what is shed and of what was held too long; nobody if not called.
         *
         * @param observer the listener
         * @return this builder
         */
        public Builder listener(ConcurrencyListener observer) {
            listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Makes the shedder.
         *
         * @return the shedder
         * @throws RateLimitConfigurationException with every fault found
         */
        public LoadShedder build() {
            List<String> faults = new ArrayList<>();
            require(faults, NAME.matcher(name).matches(), "name must match " + NAME + ", got \"" + name + '"');
            require(faults, capacity >= 1 && capacity <= Seats.MOST, "capacity must be 1 to " + Seats.MOST);
            Holds.fault(maxHold).ifPresent(faults::add);
            require(
                    faults,
                    retryAfter.compareTo(Duration.ofSeconds(1)) >= 0 && retryAfter.compareTo(LONGEST_RETRY) <= 0,
                    "retryAfter must be PT1S to " + LONGEST_RETRY + ", got " + retryAfter);
            reserveFaults(faults);
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return new LoadShedder(this);
        }

        private void reserveFaults(List<String> faults) {
            reserved.forEach((priority, percent) -> require(
                    faults,
                    percent >= 0 && percent < WHOLE,
                    "the reserve of " + priority + " must be 0 to 99 percent, got " + percent));
            require(faults, reserve(Priority.LOW) == 0, "nothing can be kept for LOW: there is nothing below it");
            require(
                    faults,
                    ceilings()[Priority.LOW.rank] >= 1,
                    "a capacity of " + capacity + " leaves no room for LOW after what is reserved");
        }

        private static void require(List<String> faults, boolean holds, String fault) {
            if (!holds) {
                faults.add(fault);
            }
        }

        /** What a priority and those below it may use: the capacity less what is kept for those above it. */
        private int[] ceilings() {
            int[] ceilings = new int[Priority.values().length];
            int left = capacity;
            for (Priority priority : Priority.values()) {
                ceilings[priority.rank] = left;
                left -= (int) (((long) capacity * reserve(priority) + WHOLE - 1) / WHOLE);
            }
            return ceilings;
        }

        private int reserve(Priority priority) {
            return Objects.requireNonNull(reserved.get(priority), "priority");
        }
    }
}
