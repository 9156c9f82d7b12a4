package dev.hardening.ratelimit.concurrency;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what is in flight by priority, and says whether one more fits.
 *
 * <p>Ceilings are nested ("Russian dolls", RFC 4127): what is LOW has to fit under the ceiling of LOW, what is LOW or
 * NORMAL under that of NORMAL, and everything under the capacity. So whatever less important requests do, the difference
 * between two ceilings is left for the more important ones, and what these do not need is not given away.
 *
 * <p>The three counts lie in one word and change by one compare-and-set, so no two of them are ever out of step and no
 * lock is taken.
 */
final class Seats {
    static final int MOST = (1 << 20) - 1;
    private static final int BITS = 21;
    private static final long MASK = (1L << BITS) - 1;
    private static final Priority[] PRIORITIES = Priority.values();

    private final AtomicLong counts = new AtomicLong();
    private final int[] ceilings;

    /** The ceilings in the order of the priorities. */
    Seats(int[] ceilings) {
        this.ceilings = ceilings.clone();
    }

    boolean take(Priority priority) {
        long seen = counts.get();
        while (fits(seen, priority)) {
            long found = counts.compareAndExchange(seen, seen + one(priority));
            if (found == seen) {
                return true;
            }
            seen = found;
        }
        return false;
    }

    void give(Priority priority) {
        counts.addAndGet(-one(priority));
    }

    int taken(Priority priority) {
        return taken(counts.get(), priority);
    }

    int ceiling(Priority priority) {
        return ceilings[priority.rank];
    }

    private boolean fits(long seen, Priority priority) {
        int sum = 1;
        for (int index = PRIORITIES.length - 1; index >= 0; index--) {
            sum += taken(seen, PRIORITIES[index]);
            if (index <= priority.rank && sum > ceilings[index]) {
                return false;
            }
        }
        return true;
    }

    private static int taken(long seen, Priority priority) {
        return (int) (seen >>> (BITS * priority.rank) & MASK);
    }

    private static long one(Priority priority) {
        return 1L << (BITS * priority.rank);
    }
}
