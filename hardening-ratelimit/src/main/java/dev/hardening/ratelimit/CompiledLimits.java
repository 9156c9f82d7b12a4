package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BandwidthBuilder;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The limits of one policy in bucket4j's terms, made once, and the way back from a bucket's state to figures. */
final class CompiledLimits {
    private final List<Limit> limits;
    private final Rate[] rates;
    private final BucketConfiguration configuration;

    private CompiledLimits(List<Limit> limits) {
        this.limits = limits;
        this.rates = limits.stream().map(Limit::rate).toArray(Rate[]::new);
        this.configuration = new BucketConfiguration(
                limits.stream().map(CompiledLimits::bandwidth).toList());
    }

    static CompiledLimits of(List<Limit> limits) {
        Set<String> ids = new HashSet<>();
        for (Limit limit : limits) {
            if (!ids.add(limit.id())) {
                throw new IllegalArgumentException("two limits have the id \"" + limit.id() + '"');
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

    /** The longest that a bucket which is not in debt can take to be full. */
    long nanosToFull() {
        long longest = 0;
        for (Limit limit : limits) {
            longest = Math.max(longest, limit.rate().nanosFor(limit.capacity(), 0));
        }
        return longest;
    }

    long nanosToFull(BucketState state) {
        long longest = 0;
        for (int index = 0; index < rates.length; index++) {
            longest =
                    Math.max(longest, nanosUntil(state, index, limits.get(index).capacity()));
        }
        return longest;
    }

    /** How each limit stands; {@code refused} is what was asked for in vain, or 0. */
    List<Level> levels(BucketState state, long refused) {
        if (rates.length == 1) {
            return List.of(level(state, 0, refused));
        }
        List<Level> levels = new ArrayList<>(rates.length);
        for (int index = 0; index < rates.length; index++) {
            levels.add(level(state, index, refused));
        }
        return levels;
    }

    List<Level> untouched() {
        return limits.stream()
                .map(limit -> new Level(limit.capacity(), Duration.ZERO, Duration.ZERO))
                .toList();
    }

    /** Whether a stored bucket was made for other limits, ids included (bucket4j's equals leaves them out). */
    boolean differs(BucketConfiguration stored) {
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

    private Level level(BucketState state, int index, long refused) {
        long available = state.getCurrentSize(index);
        long capacity = limits.get(index).capacity();
        long next = available >= capacity ? 0 : nanosUntil(state, index, Math.max(available, 0) + 1);
        long wait = refused == 0 ? 0 : nanosUntil(state, index, refused);
        return new Level(available, Duration.ofNanos(next), Duration.ofNanos(wait));
    }

    private long nanosUntil(BucketState state, int index, long tokens) {
        return rates[index].nanosFor(tokens - state.getCurrentSize(index), state.getRoundingError(index));
    }

    private static Bandwidth bandwidth(Limit limit) {
        Rate rate = limit.rate();
        return BandwidthBuilder.builder()
                .capacity(limit.capacity())
                .refillGreedy(rate.tokens(), Duration.ofNanos(rate.nanos()))
                .id(limit.id())
                .build();
    }
}
