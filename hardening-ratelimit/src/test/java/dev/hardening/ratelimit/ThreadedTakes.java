package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes of random cost from one bucket by many threads at once, in real time, as fast as they can.
 *
 * <p>When a token was taken is known only to lie between question and answer. So of any two instants, what was asked for
 * after the one and answered before the other was taken in between, and may be no more than the limits have room for.
 */
public final class ThreadedTakes {
    private static final int MOST = 4;

    private final List<Limit> limits;
    private final Queue<Granted> granted = new ConcurrentLinkedQueue<>();
    private final AtomicLong lastQuestion = new AtomicLong(Long.MIN_VALUE);

    private ThreadedTakes(List<Limit> limits) {
        this.limits = limits;
    }

    /** Lets so many threads take for so long from a new bucket, and requires no token too many and none too few. */
    public static void requireExact(BucketStore store, int threads, Duration time, List<Limit> limits, Random random) {
        ThreadedTakes takes = new ThreadedTakes(limits);
        Space space = store.open(SpaceSpec.of("threads" + threads, limits));
        takes.run(space, threads, time, random.nextLong());
        takes.requireNoneTooMany();
        takes.requireNoneTooFew();
    }

    /**
     * All that there is goes first, in one take: a bucket that is full gains nothing from the time that passes. The last
     * word to each thread is a refusal, so that nothing is left that somebody could have had.
     */
    private void run(Space space, int threads, Duration time, long seed) {
        long least = limits.stream().mapToLong(Limit::capacity).min().orElseThrow();
        take(space, least);
        long end = System.nanoTime() + time.toNanos();
        AtomicInteger number = new AtomicInteger();
        Parallel.count(threads, 1, () -> {
            Random costs = new Random(seed + number.incrementAndGet());
            boolean taken = true;
            while (taken || System.nanoTime() - end < 0) {
                taken = take(space, 1L + costs.nextInt(MOST));
            }
            return true;
        });
    }

    private boolean take(Space space, long cost) {
        long begin = System.nanoTime();
        boolean taken = space.take("k", cost).granted();
        if (taken) {
            granted.add(new Granted(begin, System.nanoTime(), cost));
        }
        lastQuestion.accumulateAndGet(begin, Math::max);
        return taken;
    }

    /** Slides the window over all pairs of a question and an answer. */
    private void requireNoneTooMany() {
        List<Granted> byAnswer =
                granted.stream().sorted(Comparator.comparingLong(Granted::end)).toList();
        for (Granted first : byAnswer) {
            long sum = 0;
            for (Granted last : byAnswer) {
                if (last.begin >= first.begin) {
                    sum += last.cost;
                    requireAtMost(allowed(last.end - first.begin), sum);
                }
            }
        }
    }

    private static void requireAtMost(long most, long sum) {
        if (sum > most) {
            throw new AssertionError(sum + " granted in a window of " + most);
        }
    }

    /** Of the limit that refused the last question, less than that asked for is left. */
    private void requireNoneTooFew() {
        long sum = granted.stream().mapToLong(Granted::cost).sum();
        Granted first =
                granted.stream().min(Comparator.comparingLong(Granted::end)).orElseThrow();
        long least = allowed(lastQuestion.get() - first.end) - MOST;
        String figures = sum + " granted, at least " + least + " allowed, in " + granted.size() + " takes";
        System.out.println(figures);
        if (sum < least) {
            throw new AssertionError(figures);
        }
    }

    private long allowed(long nanos) {
        return limits.stream()
                .mapToLong(limit -> limit.capacity()
                        + Math.multiplyExact(nanos, limit.refill())
                                / limit.per().toNanos())
                .min()
                .orElseThrow();
    }

    private record Granted(long begin, long end, long cost) {}
}
