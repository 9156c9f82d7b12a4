package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.testing.Eventually;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Two machines on one store, of which one has a wall clock that is wrong and is then set; neither may gain or lose. */
public final class SkewedMachines {
    /** A token each microsecond, so that one in a hundred is many; room for ten seconds, so that a stall loses none. */
    public static final List<Limit> LIMITS = List.of(new Limit("a", 10_000_000, 1_000_000, Duration.ofSeconds(1)));

    private static final Duration HOUR = Duration.ofHours(1);
    private static final long CAPACITY = 10_000_000;
    private static final long PORTION = 20_000;
    private static final long SECOND = 1_000_000;

    private final Space right;
    private final Space wrong;
    private final WallClock clock;
    private long granted;

    private SkewedMachines(Space right, Space wrong, WallClock clock) {
        this.right = right;
        this.wrong = wrong;
        this.clock = clock;
    }

    /**
     * Requires that each machine alone is granted what the limit gives, within one in a hundred, also after the other
     * has counted in the same bucket, and that going from one to the other gives nothing. Takes a good two seconds.
     *
     * @param right of a machine whose clock is right
     * @param wrong the same buckets from a machine that has {@code clock}, an hour ahead
     */
    public static void requireOneClock(Space right, Space wrong, WallClock clock) {
        new SkewedMachines(right, wrong, clock).run();
    }

    private void run() {
        assertTrue(wrong.take("k", CAPACITY).granted());
        long drained = micros();
        requireRefill("the machine that is right", right, () -> {});
        long left = requireRefill("the machine that is wrong", wrong, () -> clock.setAhead(HOUR.negated()));
        long most = micros() - drained + SECOND;
        assertTrue(granted + left <= most, granted + " granted and " + left + " left, at most " + most);
    }

    /** Takes on one machine alone for a second; what is left at the end. */
    private long requireRefill(String who, Space space, Runnable halfway) {
        Eventually.until(
                Duration.ofSeconds(5),
                who + " is granted something",
                () -> taken(space).granted());
        long firstAsked = micros();
        long before = taken(space).available();
        long firstAnswered = micros();
        long grantedBefore = granted;
        long lastAsked = takeUntil(firstAnswered + SECOND / 2, space);
        halfway.run();
        lastAsked = Math.max(lastAsked, takeUntil(firstAnswered + SECOND, space));
        long after = space.peek("k", 1).available();
        long lastAnswered = micros();

        long refilled = granted - grantedBefore + after - before;
        long least = (lastAsked - firstAnswered) * 99 / 100;
        long most = (lastAnswered - firstAsked) * 101 / 100;
        assertTrue(refilled >= least && refilled <= most, who + ": " + refilled + ", " + least + " to " + most);
        return after;
    }

    /** When the last question was asked. */
    private long takeUntil(long end, Space space) {
        long asked;
        do {
            asked = micros();
            taken(space);
        } while (asked < end);
        return asked;
    }

    private Take taken(Space space) {
        Take take = space.take("k", PORTION);
        granted += take.granted() ? PORTION : 0;
        return take;
    }

    private static long micros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    }

    /** The clock of a machine, that somebody sets. */
    public static final class WallClock extends Clock {
        private final AtomicReference<Duration> ahead = new AtomicReference<>(HOUR);

        private WallClock() {}

        public static WallClock anHourAhead() {
            return new WallClock();
        }

        private void setAhead(Duration difference) {
            ahead.set(difference);
        }

        @Override
        public Instant instant() {
            return Clock.systemUTC().instant().plus(Objects.requireNonNull(ahead.get()));
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
