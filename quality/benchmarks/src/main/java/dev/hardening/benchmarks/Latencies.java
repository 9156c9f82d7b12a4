package dev.hardening.benchmarks;

import java.util.Locale;

/** How long each of many calls took, to within 2 %, without keeping any of them; for one thread. */
final class Latencies {
    private static final int BITS = 7;
    private static final int UNSCALED = Long.SIZE - BITS;

    private final long[] counts = new long[Long.SIZE << BITS];
    private long count;
    private long longest;

    void add(long nanos) {
        int shift = Math.max(0, UNSCALED - Long.numberOfLeadingZeros(nanos));
        counts[(shift << BITS) + (int) (nanos >>> shift)]++;
        count++;
        longest = Math.max(longest, nanos);
    }

    void add(Latencies others) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += others.counts[i];
        }
        count += others.count;
        longest = Math.max(longest, others.longest);
    }

    long count() {
        return count;
    }

    long longest() {
        return longest;
    }

    /** The time that {@code part} of all calls did not exceed, in nanoseconds. */
    long quantile(double part) {
        long rest = (long) Math.ceil(part * count);
        for (int i = 0; i < counts.length; i++) {
            rest -= counts[i];
            if (rest <= 0) {
                int shift = i >>> BITS;
                return Math.min(longest, ((long) (i & (1 << BITS) - 1) + 1 << shift) - 1);
            }
        }
        return longest;
    }

    /** The columns p50, p99, p99.9 and longest of a Markdown row. */
    String columns() {
        return String.join(
                " | ",
                Table.nanos(quantile(0.5)),
                Table.nanos(quantile(0.99)),
                Table.nanos(quantile(0.999)),
                Table.nanos(longest));
    }

    static String ratio(long one, long other) {
        return String.format(Locale.ROOT, "%.2f", one / (double) other);
    }
}
