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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

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
     * has counted in the same bucket, and that going from one to the other gives nothing. Takes a good two seconds; the
     * stores must be new, so that they do not look at the time of the server meanwhile.
     *
     * @param right of a machine whose clock is right
     * @param wrong the same buckets from a machine that has {@code clock}, an hour ahead
     */
    public static void requireOneClock(Space right, Space wrong, WallClock clock) {
        new SkewedMachines(right, wrong, clock).run();
    }

    private void run() {
        Eventually.until(
                Duration.ofSeconds(20),
                "both answer",
                () -> right.peek("k", 1).granted() && wrong.peek("k", 1).granted());
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
        Look before = look(space);
        takeUntil(before.answered + SECOND / 2, space);
        halfway.run();
        takeUntil(before.answered + SECOND, space);
        Look after = look(space);

        long refilled = after.tokens - before.tokens;
        long least = (after.asked - before.answered) * 99 / 100;
        long most = (after.answered - before.asked) * 101 / 100;
        assertTrue(refilled >= least && refilled <= most, who + ": " + refilled + ", " + least + " to " + most);
        return after.tokens - granted;
    }

    private void takeUntil(long end, Space space) {
        do {
            taken(space);
        } while (micros() < end);
    }

    /** The quickest of some: the shorter a question takes, the better is known when it was answered. */
    private Look look(Space space) {
        return Stream.generate(() -> {
                    long asked = micros();
                    long available = space.peek("k", 1).available();
                    return new Look(asked, micros(), granted + available);
                })
                .limit(9)
                .min(Comparator.comparingLong(look -> look.answered - look.asked))
                .orElseThrow();
    }

    private Take taken(Space space) {
        Take take = space.take("k", PORTION);
        granted += take.granted() ? PORTION : 0;
        return take;
    }

    private static long micros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    }

    /** All that the bucket ever gave and has, at a time between two. */
    private record Look(long asked, long answered, long tokens) {}

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
