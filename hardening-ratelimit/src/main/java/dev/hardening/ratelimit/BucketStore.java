package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Keeps buckets: the port between the rules of this module and the place where the counting is done.
 *
 * <p>Made by {@link BucketStores} for one process and by {@code jdbc.PostgresBucketStore} for several. Safe for many
 * threads; every take is atomic. What cannot be reached is a {@link RateLimitUnavailableException}.
 */
public interface BucketStore extends AutoCloseable {
    /**
     * Opens the buckets of one policy. Opening the same name again with the same limits gives the same buckets.
     *
     * @param name {@code [a-z][a-z0-9._-]{0,63}}
     * @param limits at least one, each with its own id; together they are one bucket per key
     * @return the buckets
     * @throws IllegalArgumentException if the name is open with other limits in this store
     */
    Space open(String name, List<Limit> limits);

    /** Lets go of what the store owns; a store that owns nothing does nothing. */
    @Override
    default void close() {}

    /** Holds the buckets of one policy, one for each key, all with the same limits and full at first. */
    interface Space {
        /**
         * Takes tokens from the bucket of a key, or none of them.
         *
         * @param key printable ASCII, at most a few hundred characters
         * @param tokens at least 1
         * @return whether they were there, and how the limits stand now
         * @throws RateLimitUnavailableException if the store does not answer in time
         */
        Take take(String key, long tokens);

        /**
         * Says what {@link #take} would say, and takes nothing.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @return how it stands; its {@link Take#undo} does nothing
         * @throws RateLimitUnavailableException if the store does not answer in time
         */
        Take peek(String key, long tokens);

        /**
         * Takes tokens whether they are there or not; the bucket may go below zero.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @throws RateLimitUnavailableException if the store does not answer in time
         */
        void debit(String key, long tokens);

        /**
         * Fills the bucket of a key, its own alone: a key that shares a stripe ({@link Source#OVERFLOW}) keeps what the
         * stripe was charged until that has filled up by itself, since others are charged to it too.
         *
         * @param key as for {@link #take}
         * @throws RateLimitUnavailableException if the store does not answer in time
         */
        void reset(String key);

        /**
         * Counts the keys held in this process.
         *
         * @return the number, give or take, or empty where the keys are elsewhere
         */
        default OptionalLong size() {
            return OptionalLong.empty();
        }
    }

    /**
     * Says what one take came to.
     *
     * @param granted whether the tokens were taken
     * @param levels how each limit stands after it, in the order in which the limits were given
     * @param source where it was decided
     * @param undo gives back exactly what was taken, never above the capacity; may throw
     *     {@link RateLimitUnavailableException}; to be run at most once
     */
    record Take(boolean granted, List<Level> levels, Source source, Runnable undo) {
        /**
         * Checks that nothing is missing.
         *
         * @param granted whether the tokens were taken
         * @param levels how each limit stands
         * @param source where it was decided
         * @param undo gives back what was taken
         */
        public Take {
            levels = List.copyOf(levels);
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(undo, "undo");
        }

        /**
         * Finds the longest wait.
         *
         * @return the time after which the same take succeeds if nobody else takes, or zero if it was granted
         */
        public Duration retryAfter() {
            Duration longest = Duration.ZERO;
            for (Level level : levels) {
                longest = level.retryAfter().compareTo(longest) > 0 ? level.retryAfter() : longest;
            }
            return longest;
        }

        /**
         * Finds the fewest tokens.
         *
         * @return what the limit with the least has; below zero after {@link Space#debit}
         */
        public long available() {
            return levels.stream().mapToLong(Level::available).min().orElse(0);
        }
    }

    /**
     * Says how one limit of one bucket stands.
     *
     * @param available the tokens there are; below zero after {@link Space#debit}
     * @param nextToken the wait until one more request of one token may pass than now; zero where the limit is untouched
     * @param retryAfter the wait until this limit grants what it has just refused; zero where it did not
     */
    record Level(long available, Duration nextToken, Duration retryAfter) {}

    /** Says where a decision was made. */
    enum Source {
        /** In the key's own bucket, in this process. */
        LOCAL,
        /** In a bucket that several processes share. */
        SHARED,
        /** In a stripe that several new keys share because the table is full. */
        OVERFLOW
    }
}
