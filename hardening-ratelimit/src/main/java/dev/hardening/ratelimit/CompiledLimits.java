package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BandwidthBuilder;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.TokensInheritanceStrategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The limits of one policy in bucket4j's terms, made once, and the way back from a bucket's state to figures. */
final class CompiledLimits {
    private final List<Limit> limits;
    private final Reading[] readings;
    private final BucketConfiguration configuration;
    private final boolean byInterval;

    private CompiledLimits(List<Limit> limits) {
        this.limits = limits;
        this.configuration = new BucketConfiguration(
                limits.stream().map(CompiledLimits::bandwidth).toList());
        this.readings = readings(configuration);
        this.byInterval = limits.stream().anyMatch(limit -> !(limit.style() instanceof Limit.Refill.Greedy));
    }

    static CompiledLimits of(List<Limit> limits) {
        Set<String> ids = new HashSet<>();
        for (Limit limit : limits) {
            if (!ids.add(limit.id())) {
                throw new IllegalArgumentException("two limits have the id \"" + limit.id() + '"');
            }
            if (limit.style() instanceof Limit.Refill.Calendar) {
                throw new IllegalArgumentException("a store does not know the calendar of limit \"" + limit.id() + '"');
            }
        }
        if (ids.isEmpty()) {
            throw new IllegalArgumentException("limits must not be empty");
        }
        return new CompiledLimits(List.copyOf(limits));
    }

    List<Limit> limits() {
        return limits;
    }

    BucketConfiguration configuration() {
        return configuration;
    }

    /** Whether the figures depend on the time at which they are read. */
    boolean byInterval() {
        return byInterval;
    }

    /** The longest that a bucket which is not in debt can take to be full. */
    long nanosToFull() {
        long longest = 0;
        for (Limit limit : limits) {
            longest = Math.max(longest, Rate.saturated(limit.timeToFull()));
        }
        return longest;
    }

    /** How long the bucket takes to be full, debts included. */
    static long nanosToFull(BucketState state, long now) {
        Reading[] readings = readings(state.getConfiguration());
        long longest = 0;
        for (Reading reading : readings) {
            longest = Math.max(longest, reading.nanosUntil(state, now, reading.bandwidth.getCapacity()));
        }
        return longest;
    }

    /**
     * How each limit stands; {@code refused} is what was asked for in vain, or 0. A bucket of a newer version may hold
     * other limits than ours: those decided, so ours are told by their ids, and the wait for one that we do not know
     * stands with our first.
     */
    List<Level> levels(BucketState state, long now, long refused) {
        if (!differs(state.getConfiguration())) {
            return levels(readings, state, now, refused);
        }
        Reading[] stored = readings(state.getConfiguration());
        List<Level> found = levels(stored, state, now, refused);
        List<Level> levels = new ArrayList<>(limits.size());
        Duration unknown = Duration.ZERO;
        for (int index = 0; index < stored.length; index++) {
            boolean ours = indexOf(readings, stored[index].id()) >= 0;
            Duration wait = found.get(index).retryAfter();
            unknown = !ours && wait.compareTo(unknown) > 0 ? wait : unknown;
        }
        for (Reading reading : readings) {
            int index = indexOf(stored, reading.id());
            levels.add(index < 0 ? untouched(reading) : found.get(index));
        }
        Level first = levels.get(0);
        if (unknown.compareTo(first.retryAfter()) > 0) {
            levels.set(0, new Level(first.available(), first.nextToken(), unknown));
        }
        return levels;
    }

    List<Level> untouched() {
        List<Level> levels = new ArrayList<>(readings.length);
        for (Reading reading : readings) {
            levels.add(untouched(reading));
        }
        return levels;
    }

    /** Whether a stored bucket was made for other limits, ids included (bucket4j's equals leaves them out). */
    @SuppressWarnings("ReferenceEquality") // the quick way out: in the heap it is the same object
    boolean differs(BucketConfiguration stored) {
        if (stored == configuration) {
            return false;
        }
        Bandwidth[] mine = configuration.getBandwidths();
        Bandwidth[] theirs = stored.getBandwidths();
        if (mine.length != theirs.length) {
            return true;
        }
        for (int index = 0; index < mine.length; index++) {
            boolean same =
                    mine[index].equals(theirs[index]) && Objects.equals(mine[index].getId(), theirs[index].getId());
            if (!same) {
                return true;
            }
        }
        return false;
    }

    private static List<Level> levels(Reading[] readings, BucketState state, long now, long refused) {
        if (readings.length == 1) {
            return List.of(readings[0].level(state, now, refused));
        }
        List<Level> levels = new ArrayList<>(readings.length);
        for (Reading reading : readings) {
            levels.add(reading.level(state, now, refused));
        }
        return levels;
    }

    private static Level untouched(Reading reading) {
        return new Level(reading.bandwidth.getCapacity(), Duration.ZERO, Duration.ZERO);
    }

    private static int indexOf(Reading[] readings, String id) {
        for (int index = 0; index < readings.length; index++) {
            if (readings[index].id().equals(id)) {
                return index;
            }
        }
        return -1;
    }

    private static Reading[] readings(BucketConfiguration configuration) {
        Bandwidth[] bandwidths = configuration.getBandwidths();
        Reading[] readings = new Reading[bandwidths.length];
        for (int index = 0; index < bandwidths.length; index++) {
            readings[index] = Reading.of(bandwidths[index], index);
        }
        return readings;
    }

    private static Bandwidth bandwidth(Limit limit) {
        BandwidthBuilder.BandwidthBuilderRefillStage builder =
                BandwidthBuilder.builder().capacity(limit.capacity());
        Rate rate = limit.rate();
        return switch (limit.style().kind()) {
            case GREEDY ->
                builder.refillGreedy(rate.tokens(), Duration.ofNanos(rate.nanos()))
                        .id(limit.id())
                        .build();
            case INTERVAL, CALENDAR ->
                builder.refillIntervally(limit.refill(), limit.per())
                        .id(limit.id())
                        .build();
        };
    }

    /** Reads how one limit of a bucket stands. */
    private record Reading(Bandwidth bandwidth, int index, Rate rate, BucketConfiguration alone) {
        private static Reading of(Bandwidth bandwidth, int index) {
            Rate rate = new Rate(bandwidth.getRefillTokens(), bandwidth.getRefillPeriodNanos());
            return new Reading(bandwidth, index, rate, new BucketConfiguration(List.of(bandwidth)));
        }

        private String id() {
            return String.valueOf(bandwidth.getId());
        }

        private Level level(BucketState state, long now, long refused) {
            long available = state.getCurrentSize(index);
            long next = available >= bandwidth.getCapacity() ? 0 : nanosUntil(state, now, Math.max(available, 0) + 1);
            long wait = refused == 0 ? 0 : nanosUntil(state, now, refused);
            return new Level(available, Duration.ofNanos(next), Duration.ofNanos(wait));
        }

        private long nanosUntil(BucketState state, long now, long tokens) {
            long missing = tokens - state.getCurrentSize(index);
            if (missing <= 0) {
                return 0;
            }
            if (!bandwidth.isRefillIntervally()) {
                return rate.nanosFor(missing, state.getRoundingError(index));
            }
            // When the next interval ends stands in the state alone; a bucket of this limit only can be asked for it.
            return state.replaceConfiguration(alone, TokensInheritanceStrategy.AS_IS, now)
                    .calculateDelayNanosAfterWillBePossibleToConsume(tokens, now, false);
        }
    }
}
