package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Allows {@code capacity} requests at once and {@code refill} more in every {@code per}, given back evenly.
 *
 * <p>Token {@code n} after an empty bucket is there at exactly {@code n * per / refill}, rounded up to a nanosecond.
 * Several limits of one {@link Policy} share one bucket: a request passes if all of them have room.
 *
 * @param id names the limit inside its policy, {@code [a-z][a-z0-9_-]{0,31}}; what was used up follows the id when the
 *     figures change
 * @param capacity the most that can pass at once, 1 to 10<sup>9</sup>
 * @param refill how much comes back in every {@code per}, at least 1
 * @param per the time over which {@code refill} comes back, 1 ms to 366 days
 */
public record Limit(String id, long capacity, long refill, Duration per) {
    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9_-]{0,31}");
    private static final long MOST = 1_000_000_000L;
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(366);

    /**
     * Checks the figures.
     *
     * @param id names the limit inside its policy
     * @param capacity the most that can pass at once
     * @param refill how much comes back in every {@code per}
     * @param per the time over which it comes back
     * @throws IllegalArgumentException if one is out of range or the rate cannot be counted exactly in 64 bits
     */
    public Limit {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(per, "per");
        require(ID.matcher(id).matches(), "id of a limit must match " + ID + ", got \"" + id + '"');
        require(capacity >= 1 && capacity <= MOST, "capacity must be 1 to " + MOST + ", got " + capacity);
        require(refill >= 1 && refill <= MOST, "refill must be 1 to " + MOST + ", got " + refill);
        require(
                per.compareTo(SHORTEST) >= 0 && per.compareTo(LONGEST) <= 0,
                "per must be " + SHORTEST + " to " + LONGEST + ", got " + per);
        Rate.of(refill, per).requireExact(capacity);
    }

    /**
     * Allows {@code amount} in every {@code per}, all of it at once if the caller likes.
     *
     * @param id names the limit inside its policy
     * @param amount capacity and refill
     * @param per the time over which the whole amount comes back
     * @return the limit
     */
    public static Limit of(String id, long amount, Duration per) {
        return new Limit(id, amount, amount, per);
    }

    /**
     * Keeps the rate and changes how much may pass at once.
     *
     * @param burst the new capacity
     * @return a limit with the same id and refill
     */
    public Limit withCapacity(long burst) {
        return new Limit(id, burst, refill, per);
    }

    /**
     * Tells how long an empty bucket takes to be full, rounded up.
     *
     * @return more than zero
     */
    public Duration timeToFull() {
        return Duration.ofNanos(rate().nanosFor(capacity, 0));
    }

    Rate rate() {
        return Rate.of(refill, per);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
