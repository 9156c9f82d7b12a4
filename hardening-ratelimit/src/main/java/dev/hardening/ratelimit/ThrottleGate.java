package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.LoginThrottle.Backoff;
import dev.hardening.ratelimit.LoginThrottle.Dimension;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The growing waits of one dimension, on two buckets and nothing else.
 *
 * <p>The <em>gate</em> holds {@code free} tokens and gets one back per {@code delay}; an attempt costs one. The
 * <em>strikes</em> hold {@code free + steps} tokens and get one back per {@code forgiveness}; a failure costs one. So
 * {@code s = steps - strikes.available} is how many failures there were beyond the free ones, and each of them puts the
 * gate {@code 2^s - 1} further into debt: it opens again after {@code 2^s} delays. (The gate's own debt cannot tell
 * {@code s}: it is paid off by the next try.) Two failures at once may read the same {@code s}; that only lessens one
 * step.
 */
final class ThrottleGate {
    private static final int MOST_FREE = 100_000;
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Dimension dimension;
    private final Space gate;
    private final Space strikes;
    private final int steps;
    private final long mostDebt;

    private ThrottleGate(Dimension dimension, Space gate, Space strikes, Backoff backoff) {
        this.dimension = dimension;
        this.gate = gate;
        this.strikes = strikes;
        this.steps = steps(backoff);
        this.mostDebt = delays(backoff) - 1;
    }

    /** Opens both buckets; while the store is silent the gate does as {@code mode} says and the strikes rest. */
    static ThrottleGate open(LoginThrottle.Builder builder, BucketStore store, Dimension dimension, Backoff backoff) {
        String space = builder.name + '.' + dimension.name().toLowerCase(Locale.ROOT);
        int strikes = backoff.free() + steps(backoff);
        Limit gate = new Limit("gate", backoff.free(), 1, backoff.delay());
        Limit strike = new Limit("strikes", strikes, 1, backoff.forgiveness());
        SpaceSpec attempts = SpaceSpec.of(space, List.of(gate)).withFailureMode(builder.onStoreFailure);
        SpaceSpec failures = SpaceSpec.of(space + ".strikes", List.of(strike));
        return new ThrottleGate(dimension, store.open(attempts), store.open(failures), backoff);
    }

    static void requireSound(int free, Duration delay, Duration longest, Duration forgiveness) {
        Objects.requireNonNull(delay, "delay");
        Objects.requireNonNull(longest, "longest");
        Objects.requireNonNull(forgiveness, "forgiveness");
        require(free >= 1 && free <= MOST_FREE, "free must be 1 to " + MOST_FREE + ", got " + free);
        require(delay.compareTo(Duration.ofMillis(1)) >= 0, "delay must be at least 1 ms, got " + delay);
        boolean bounded = longest.compareTo(delay) >= 0 && longest.compareTo(LONGEST) <= 0;
        require(bounded, "longest must be delay to " + LONGEST + ", got " + longest);
        require(
                forgiveness.compareTo(Duration.ofSeconds(1)) >= 0,
                "forgiveness must be at least 1 s, got " + forgiveness);
        require(
                forgiveness.compareTo(longest) >= 0,
                "forgiveness must be at least longest, or steady guessing shortens the waits again, got "
                        + forgiveness);
    }

    Dimension dimension() {
        return dimension;
    }

    Take take(String key) {
        return gate.take(key, 1);
    }

    Take peek(String key) {
        return gate.peek(key, 1);
    }

    Ticket ticket(String key, Take take) {
        return new Paid(this, key, take);
    }

    /** A ticket for a key that was refused and is to hear of a success all the same. */
    Ticket unpaid(String key) {
        return new Unpaid(this, key);
    }

    private boolean isOfTheAccount() {
        return dimension == Dimension.ACCOUNT
                || dimension == Dimension.ACCOUNT_AND_CLIENT
                || dimension == Dimension.DEVICE;
    }

    private void failed(String key) {
        long left = strikes.take(key, 1).available();
        long beyond = steps - left;
        if (beyond > 0) {
            long debt = Math.min(mostDebt, (1L << beyond) - 1);
            if (debt > 0) {
                gate.debit(key, debt);
            }
        }
    }

    private void clear(String key) {
        gate.reset(key);
        strikes.reset(key);
    }

    /** How many delays make the longest wait. */
    private static long delays(Backoff backoff) {
        return Math.max(1, backoff.longest().dividedBy(backoff.delay()));
    }

    /** How many doublings lead from the first delay to the longest. */
    private static int steps(Backoff backoff) {
        return Long.SIZE - Long.numberOfLeadingZeros(delays(backoff) - 1);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** One attempt at one gate, to be told one word. */
    sealed interface Ticket {
        void succeeded();

        void failed();

        void refund();
    }

    private record Paid(ThrottleGate owner, String key, Take take) implements Ticket {
        @Override
        public void succeeded() {
            // A reset reaches the key's own bucket alone; what a stripe was charged has to be given back.
            if (!owner.isOfTheAccount() || take.source() != BucketStore.Source.SHARED) {
                refund();
            }
            if (owner.isOfTheAccount()) {
                owner.clear(key);
            }
        }

        @Override
        public void failed() {
            owner.failed(key);
        }

        @Override
        public void refund() {
            take.undo();
        }
    }

    private record Unpaid(ThrottleGate owner, String key) implements Ticket {
        @Override
        public void succeeded() {
            owner.clear(key);
        }

        @Override
        public void failed() {
            // The gate is shut already, and its debt grows by attempts that it let in.
        }

        @Override
        public void refund() {
            // Nothing was paid.
        }
    }
}
