package dev.hardening.ratelimit;

import java.time.Duration;
import java.time.ZoneId;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Allows {@code capacity} requests at once and {@code refill} more in every {@code per}.
 *
 * <p>How they come back is the {@link Refill}: evenly (the default), all at once after each {@code per}, or at midnight
 * by the calendar of a time zone. Several limits of one {@link Policy} share one bucket: a request passes if all of them
 * have room.
 *
 * @param id names the limit inside its policy, {@code [a-z][a-z0-9_-]{0,31}}; what was used up follows the id when the
 *     figures change
 * @param capacity the most that can pass at once, 1 to 10<sup>9</sup>
 * @param refill how much comes back in every {@code per}, at least 1
 * @param per the time over which {@code refill} comes back, 1 ms to 366 days
 * @param style how it comes back
 */
public record Limit(String id, long capacity, long refill, Duration per, Refill style) {
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
     * @param style how it comes back
     * @throws IllegalArgumentException if one is out of range or the rate cannot be counted exactly in 64 bits
     */
    public Limit {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(per, "per");
        Objects.requireNonNull(style, "style");
        require(ID.matcher(id).matches(), "id of a limit must match " + ID + ", got \"" + id + '"');
        require(capacity >= 1 && capacity <= MOST, "capacity must be 1 to " + MOST + ", got " + capacity);
        require(refill >= 1 && refill <= MOST, "refill must be 1 to " + MOST + ", got " + refill);
        require(
                per.compareTo(SHORTEST) >= 0 && per.compareTo(LONGEST) <= 0,
                "per must be " + SHORTEST + " to " + LONGEST + ", got " + per);
        if (style instanceof Refill.Greedy) {
            Rate.of(refill, per).requireExact(capacity);
        }
        require(
                refill <= per.toNanos(),
                "refill must be at most one for each nanosecond of per, got " + refill + " in " + per);
        if (style instanceof Refill.Calendar calendar) {
            boolean whole = capacity == refill && per.equals(calendar.unit().longest());
            require(whole, "a limit by the calendar is made by Limit.calendar");
        }
    }

    /**
     * Allows {@code capacity} at once and gives back evenly: token {@code n} after an empty bucket is there at exactly
     * {@code n * per / refill}, rounded up to a nanosecond.
     *
     * @param id names the limit inside its policy
     * @param capacity the most that can pass at once
     * @param refill how much comes back in every {@code per}
     * @param per the time over which it comes back
     */
    public Limit(String id, long capacity, long refill, Duration per) {
        this(id, capacity, refill, per, new Refill.Greedy());
    }

    /**
     * Allows {@code amount} in every {@code per}, all of it at once if the caller likes, and gives back evenly.
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
     * Allows {@code amount} and gives all of it back {@code per} after the first request, and after each further
     * {@code per}; nothing in between. At the edge of two intervals twice the amount may pass in a short time, which
     * {@link #of} does not allow.
     *
     * @param id names the limit inside its policy
     * @param amount capacity and refill
     * @param per the time between two refills
     * @return the limit
     */
    public static Limit interval(String id, long amount, Duration per) {
        return new Limit(id, amount, amount, per, new Refill.Interval());
    }

    /**
     * Allows {@code amount} in each day, week or month of a time zone, a day of 23 or 25 hours included. What is left
     * over at midnight is gone.
     *
     * @param id names the limit inside its policy
     * @param amount the quota
     * @param unit the calendar's unit
     * @param zone whose midnight counts
     * @return the limit
     */
    public static Limit calendar(String id, long amount, Refill.Unit unit, ZoneId zone) {
        return new Limit(id, amount, amount, unit.longest(), new Refill.Calendar(unit, zone));
    }

    /**
     * Keeps the rate and changes how much may pass at once; a quota of the calendar is changed as a whole.
     *
     * @param burst the new capacity
     * @return a limit with the same id and refill
     */
    public Limit withCapacity(long burst) {
        return new Limit(id, burst, style instanceof Refill.Calendar ? burst : refill, per, style);
    }

    /**
     * Tells how long an empty bucket takes to be full, rounded up; for the calendar, at most.
     *
     * @return more than zero
     */
    public Duration timeToFull() {
        return switch (style.kind()) {
            case GREEDY -> Duration.ofNanos(rate().nanosFor(capacity, 0));
            case INTERVAL -> per.multipliedBy((capacity + refill - 1) / refill);
            case CALENDAR -> per;
        };
    }

    Rate rate() {
        return Rate.of(refill, per);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Says how what was used comes back. */
    public sealed interface Refill {
        /**
         * Names the case.
         *
         * @return the case
         */
        Kind kind();

        /** Names the cases of {@link Refill}. */
        enum Kind {
            /** {@link Greedy}. */
            GREEDY,
            /** {@link Interval}. */
            INTERVAL,
            /** {@link Calendar}. */
            CALENDAR
        }

        /** Evenly, each token as soon as it is due. */
        record Greedy() implements Refill {
            @Override
            public Kind kind() {
                return Kind.GREEDY;
            }
        }

        /** All of it after each whole period since the first request, none early. */
        record Interval() implements Refill {
            @Override
            public Kind kind() {
                return Kind.INTERVAL;
            }
        }

        /**
         * All of it at midnight.
         *
         * @param unit which midnights
         * @param zone whose midnight
         */
        record Calendar(Unit unit, ZoneId zone) implements Refill {
            /**
             * Checks that nothing is missing.
             *
             * @param unit which midnights
             * @param zone whose midnight
             */
            public Calendar {
                Objects.requireNonNull(unit, "unit");
                Objects.requireNonNull(zone, "zone");
            }

            @Override
            public Kind kind() {
                return Kind.CALENDAR;
            }
        }

        /** Names a unit of the calendar. */
        enum Unit {
            /** From midnight to midnight. */
            DAY(Duration.ofDays(1)),
            /** From Monday's midnight (ISO 8601). */
            WEEK(Duration.ofDays(7)),
            /** From the first of the month. */
            MONTH(Duration.ofDays(31));

            private final Duration longest;

            Unit(Duration longest) {
                this.longest = longest;
            }

            /** As the calendar counts, give or take the hour of a clock change. */
            Duration longest() {
                return longest;
            }
        }
    }
}
