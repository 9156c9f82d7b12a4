package dev.hardening.ratelimit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

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
     * <p>Buckets that were made for an older version are brought to the limits given here, with what was used up;
     * buckets of a newer version are left at that version's limits, and those decide. A bucket is never filled up by a
     * change of limits.
     *
     * @param spec whose buckets, and what they hold
     * @return the buckets
     * @throws IllegalArgumentException if the name is open with other limits of the same version in this store
     */
    Space open(SpaceSpec spec);

    /**
     * Opens buckets without a version, closed while the store does not answer.
     *
     * @param name {@code [a-z][a-z0-9._-]{0,159}}
     * @param limits at least one, each with its own id; together they are one bucket per key
     * @return the buckets
     * @throws IllegalArgumentException if the name is open with other limits in this store
     */
    default Space open(String name, List<Limit> limits) {
        return open(SpaceSpec.of(name, limits));
    }

    /**
     * Tells whether the store answers, without asking it.
     *
     * @return what the calls of this process have found; {@link Health.Status#UNKNOWN} if the store keeps no count
     */
    default Health health() {
        return new Health(Health.Status.UNKNOWN, Duration.ZERO);
    }

    /**
     * Tells the store's own time, by which all processes on it count, without asking it. Quotas of the calendar go by
     * it, so that no two processes are in different days.
     *
     * @return that time, or empty if the store has none of its own or has not heard it yet; then the limiter's clock
     *     counts
     */
    default Optional<Instant> time() {
        return Optional.empty();
    }

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
         * Gives tokens to the bucket of a key, never above the capacity.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @throws RateLimitUnavailableException if the store does not answer in time
         */
        void credit(String key, long tokens);

        /**
         * Fills the bucket of a key, its own alone: a key that shares a stripe ({@link Source#OVERFLOW}), or has shared
         * one that was not full since, keeps what the stripe was charged until that has filled up by itself, since
         * others are charged to it too.
         *
         * @param key as for {@link #take}
         * @throws RateLimitUnavailableException if the store does not answer in time
         */
        void reset(String key);

        /**
         * Says at once, without I/O, that a take is known to be refused.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @return the refusal, or empty where the store has to be asked; never a grant
         */
        default Optional<Take> knownRefusal(String key, long tokens) {
            return Optional.empty();
        }

        /**
         * Does what {@link #take} does without keeping the caller waiting, where {@link #blocking} is false.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @return what {@link #take} returns, in bounded time; fails with what it throws
         */
        default CompletionStage<Take> takeAsync(String key, long tokens) {
            return Completed.stage(() -> take(key, tokens));
        }

        /**
         * Does what {@link #debit} does without keeping the caller waiting, where {@link #blocking} is false.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @return done when the tokens are gone; fails with what {@link #debit} throws
         */
        default CompletionStage<?> debitAsync(String key, long tokens) {
            return Completed.stage(() -> {
                debit(key, tokens);
                return true;
            });
        }

        /**
         * Does what {@link #peek} does without keeping the caller waiting, where {@link #blocking} is false.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @return what {@link #peek} returns; fails with what it throws
         */
        default CompletionStage<Take> peekAsync(String key, long tokens) {
            return Completed.stage(() -> peek(key, tokens));
        }

        /**
         * Does what {@link #credit} does without keeping the caller waiting, where {@link #blocking} is false.
         *
         * @param key as for {@link #take}
         * @param tokens at least 1
         * @return done when the tokens are there; fails with what {@link #credit} throws
         */
        default CompletionStage<?> creditAsync(String key, long tokens) {
            return Completed.stage(() -> {
                credit(key, tokens);
                return true;
            });
        }

        /**
         * Tells whether {@link #takeAsync} and its like may keep their caller waiting for I/O.
         *
         * @return true unless the store says otherwise
         */
        default boolean blocking() {
            return true;
        }

        /**
         * Counts the keys held in this process.
         *
         * @return the number, give or take, or empty where the keys are elsewhere
         */
        default OptionalLong size() {
            return OptionalLong.empty();
        }
    }

    /** Says what one take came to; immutable. */
    interface Take {
        /**
         * Makes an answer to a take whose tokens were there.
         *
         * @param levels how each limit stands after it, in the order in which the limits were given
         * @param source where it was decided
         * @param undo gives back exactly what was taken, never above the capacity
         * @return the answer
         */
        static Take granted(List<Level> levels, Source source, Runnable undo) {
            return new KnownTake(true, List.copyOf(levels), source, undo);
        }

        /**
         * Makes an answer to a take whose tokens were not there.
         *
         * @param levels how each limit stands, in the order in which the limits were given
         * @param source where it was decided
         * @return the answer
         */
        static Take refused(List<Level> levels, Source source) {
            return new KnownTake(false, List.copyOf(levels), source, KnownTake::nothing);
        }

        /**
         * Tells whether the tokens were taken.
         *
         * @return all of them, or none
         */
        boolean granted();

        /**
         * Lists how each limit stands after it.
         *
         * @return in the order in which the limits were given
         */
        List<Level> levels();

        /**
         * Says where it was decided.
         *
         * @return the place
         */
        Source source();

        /**
         * Gives back exactly what was taken, never above the capacity; to be called at most once. What was refused has
         * nothing to give back.
         *
         * @throws RateLimitUnavailableException if the store does not answer in time
         */
        void undo();

        /**
         * Does what {@link #undo} does without keeping the caller waiting, where {@link Space#blocking} is false.
         *
         * @return done when the tokens are back; fails with what {@link #undo} throws
         */
        default CompletionStage<?> undoAsync() {
            return Completed.stage(() -> {
                undo();
                return true;
            });
        }

        /**
         * Finds the longest wait.
         *
         * @return the time after which the same take succeeds if nobody else takes, or zero if it was granted
         */
        default Duration retryAfter() {
            Duration longest = Duration.ZERO;
            for (Level level : levels()) {
                longest = level.retryAfter().compareTo(longest) > 0 ? level.retryAfter() : longest;
            }
            return longest;
        }

        /**
         * Finds the fewest tokens.
         *
         * @return what the limit with the least has; below zero after {@link Space#debit}
         */
        default long available() {
            return levels().stream().mapToLong(Level::available).min().orElse(0);
        }
    }

    /**
     * Says whose buckets are to be opened and what they hold.
     *
     * @param name {@code [a-z][a-z0-9._-]{0,159}}
     * @param limits at least one, each with its own id; together they are one bucket per key. A limit that follows the
     *     calendar ({@link Limit.Refill.Calendar}) is the limiter's business and not allowed here
     * @param version at least 0; the newer one decides where two meet
     * @param onFailure what the policy does while the store is silent; a store that has a fallback goes by it
     */
    record SpaceSpec(String name, List<Limit> limits, long version, FailureMode onFailure) {
        private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,159}");

        /**
         * Checks that all is there.
         *
         * @param name names the buckets
         * @param limits what they hold
         * @param version which of two decides
         * @param onFailure what happens while the store is silent
         * @throws IllegalArgumentException if one is out of range
         */
        public SpaceSpec {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("name must match " + NAME + ", got \"" + name + '"');
            }
            limits = List.copyOf(limits);
            if (version < 0) {
                throw new IllegalArgumentException("version must not be negative, got " + version);
            }
            Objects.requireNonNull(onFailure, "onFailure");
        }

        /**
         * Starts from the defaults.
         *
         * @param name names the buckets
         * @param limits what they hold
         * @return version 0, {@link FailureMode#CLOSED}
         */
        public static SpaceSpec of(String name, List<Limit> limits) {
            return new SpaceSpec(name, limits, 0, FailureMode.CLOSED);
        }

        /**
         * Changes the version.
         *
         * @param number at least 0
         * @return a changed copy
         */
        public SpaceSpec withVersion(long number) {
            return new SpaceSpec(name, limits, number, onFailure);
        }

        /**
         * Changes what happens while the store is silent.
         *
         * @param mode the mode
         * @return a changed copy
         */
        public SpaceSpec withFailureMode(FailureMode mode) {
            return new SpaceSpec(name, limits, version, mode);
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

    /**
     * Says whether a store answers.
     *
     * @param status what the last calls have found
     * @param age how long it has been so
     */
    record Health(Status status, Duration age) {
        /** Names the answers. */
        public enum Status {
            /** It answers. */
            UP,
            /** It has failed too often and is left alone but for a probe now and then. */
            DOWN,
            /** Nothing has been asked of it yet, or nobody keeps count. */
            UNKNOWN
        }
    }

    /** Says where a decision was made. */
    enum Source {
        /** In the key's own bucket, in this process. */
        LOCAL,
        /** In a bucket that several processes share. */
        SHARED,
        /** In a stripe that several new keys share because the table is full. */
        OVERFLOW,
        /** In this process, by its share of the limits, because the shared store does not answer. */
        FALLBACK,
        /** In this process, because the shared store refused the same key a moment ago. */
        DENY_CACHE,
        /** In this process, from tokens that it had taken from the shared store in advance. */
        LEASE
    }
}
