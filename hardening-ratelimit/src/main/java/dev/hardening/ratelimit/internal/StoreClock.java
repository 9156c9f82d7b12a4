package dev.hardening.ratelimit.internal;

import io.github.bucket4j.TimeMeter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of a shared store, counted between two looks at it by this JVM's own ticker.
 *
 * <p>A bucket stores when it was last refilled. Were that each node's own wall clock, a node an hour ahead would leave
 * the others without a refill for an hour, and a step of the clock would do the same to a single node. So all nodes
 * count by the one clock that they share: they ask it (the middle of the round trip is the instant of the answer), and
 * go on from there by {@link System#nanoTime()}. The wall clock of this machine is read for one purpose, to tell how far
 * it is from the store's.
 *
 * <p>A look is as good as its round trip is short: one that may be further off than what is known, drift included, is
 * left aside. A difference of less than {@link #STEP} is approached at no more than 5 % of the elapsed time, so that time
 * neither stands still nor runs back; a larger one is another clock (a restored or promoted server) and is taken at once,
 * since slewing an hour would take twenty. Safe for many threads; reading allocates nothing.
 */
public final class StoreClock implements TimeMeter {
    private static final Logger LOG = LoggerFactory.getLogger(StoreClock.class);
    private static final long PERIOD = TimeUnit.SECONDS.toNanos(30);
    private static final long AGAIN = TimeUnit.SECONDS.toNanos(1);
    private static final long STEP = TimeUnit.SECONDS.toNanos(5);
    /** What a clock may drift: 100 parts in a million. */
    private static final long DRIFT = 10_000;

    private static final long SLEW = 20;
    private static final long SKEWED = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long SILENCE = TimeUnit.MINUTES.toNanos(1);

    private final String store;
    private final LongSupplier ticker;
    private final Clock wall;
    private final AtomicReference<@Nullable Line> line = new AtomicReference<>();
    private final AtomicLong nextLook;
    private final AtomicLong nextWarning;
    private volatile @Nullable Duration skew;

    /** {@code store} names it in the log; {@code ticker} is elapsed nanoseconds, {@code wall} this machine's clock. */
    public StoreClock(String store, LongSupplier ticker, Clock wall) {
        this.store = store;
        this.ticker = ticker;
        this.wall = wall;
        this.nextLook = new AtomicLong(ticker.getAsLong());
        this.nextWarning = new AtomicLong(ticker.getAsLong());
    }

    /** The time of the store, empty before the first look. */
    public Optional<Instant> time() {
        Line known = line.get();
        return known == null ? Optional.empty() : Optional.of(instant(known.at(ticker.getAsLong())));
    }

    /** Turns a wall clock into bucket4j's: epoch nanoseconds. */
    public static TimeMeter of(Clock clock) {
        return new WallTime(clock);
    }

    @Override
    public long currentTimeNanos() {
        Line known = line.get();
        return known == null ? nanos(wall.instant()) : known.at(ticker.getAsLong());
    }

    @Override
    public boolean isWallClockBased() {
        return true;
    }

    /** Reads the ticker, for the two ends of a round trip. */
    public long tick() {
        return ticker.getAsLong();
    }

    /** Whether the store was ever looked at; until then this is the wall clock of this machine. */
    public boolean known() {
        return line.get() != null;
    }

    /** Whether it is time to look at the store: true for one caller, who then does it. */
    public boolean due() {
        long next = nextLook.get();
        long now = ticker.getAsLong();
        return now - next >= 0 && nextLook.compareAndSet(next, now + AGAIN);
    }

    /** Takes in what the store said between {@code sent} and {@code received}, both of {@link #tick}. */
    public void look(long sent, long received, long storeNanos) {
        nextLook.set(received + PERIOD);
        long error = (received - sent) / 2;
        long middle = sent + error;
        line.updateAndGet(known -> known == null
                ? new Line(middle, storeNanos, 0, error)
                : known.towards(new Line(middle, storeNanos, 0, error), received));
        compare(Duration.ofNanos(nanos(wall.instant()) - (received - middle) - storeNanos));
    }

    /** How far this machine's wall clock is ahead of the store, empty before the first look. */
    public Optional<Duration> skew() {
        return Optional.ofNullable(skew);
    }

    private void compare(Duration ahead) {
        skew = ahead;
        long now = ticker.getAsLong();
        long next = nextWarning.get();
        boolean far = Math.abs(ahead.toNanos()) > SKEWED;
        if (far && now - next >= 0 && nextWarning.compareAndSet(next, now + SILENCE)) {
            LOG.warn("the clock of this machine is {} ahead of {}; limits count by the store's", ahead, store);
        }
    }

    private static long nanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }

    /** {@code time} at {@code tick}, {@code gap} still to be made up for, and how far off it may be. */
    private record Line(long tick, long time, long gap, long error) {
        long at(long now) {
            long elapsed = now - tick;
            long most = Math.max(elapsed, 0) / SLEW;
            return time + elapsed + Math.max(-most, Math.min(most, gap));
        }

        Line towards(Line looked, long now) {
            long difference = looked.time - at(looked.tick);
            if (Math.abs(difference) >= STEP + looked.error) {
                return looked;
            }
            boolean worse = looked.error > error + Math.max(now - tick, 0) / DRIFT;
            return worse ? this : new Line(now, at(now), difference, looked.error);
        }
    }

    private record WallTime(Clock clock) implements TimeMeter {
        private WallTime {
            Objects.requireNonNull(clock, "clock");
        }

        @Override
        public long currentTimeNanos() {
            return nanos(clock.instant());
        }

        @Override
        public boolean isWallClockBased() {
            return true;
        }
    }
}
