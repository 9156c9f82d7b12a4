package dev.hardening.secrets.source;

import java.security.SecureRandom;
import java.time.Duration;

/**
 * How long to wait for the next reading.
 *
 * <p>After a good one: the interval. After the n-th failure in a row: between half and all of the interval doubled n - 1
 * times, at most {@code longest}, so that processes that lost the same server do not come back to it together.
 */
record BackOff(Duration interval, Duration longest, SecureRandom random) {
    private static final int MOST_DOUBLINGS = 20;

    Duration after(int failures) {
        if (failures == 0) {
            return interval;
        }
        Duration doubled = interval.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
        long ceiling = (doubled.compareTo(longest) < 0 ? doubled : longest).toNanos();
        long floor = ceiling / 2;
        return Duration.ofNanos(floor + random.nextLong(ceiling - floor + 1));
    }
}
