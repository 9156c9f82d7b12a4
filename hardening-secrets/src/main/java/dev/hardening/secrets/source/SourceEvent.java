package dev.hardening.secrets.source;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;

/** Something that happened to a {@link WatchedSource}; names and numbers, never a value. */
public sealed interface SourceEvent {
    /**
     * Tells whose event it is.
     *
     * @return the name of the source
     */
    String source();

    /**
     * Tells when it happened.
     *
     * @return by the clock of the source
     */
    Instant at();

    /**
     * The values changed.
     *
     * @param source the name of the source
     * @param at when the change was seen
     * @param generation the number of the new values
     * @param added names that had no value before
     * @param changed names that have another value now
     * @param removed names that have no value any more
     */
    record Changed(
            String source, Instant at, long generation, Set<String> added, Set<String> changed, Set<String> removed)
            implements SourceEvent {
        /**
         * Copies the names.
         *
         * @param source the name of the source
         * @param at when the change was seen
         * @param generation the number of the new values
         * @param added names that had no value before
         * @param changed names that have another value now
         * @param removed names that have no value any more
         */
        public Changed {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(at, "at");
            added = Set.copyOf(added);
            changed = Set.copyOf(changed);
            removed = Set.copyOf(removed);
        }
    }

    /**
     * A reading failed; the last good values are still served.
     *
     * @param source the name of the source
     * @param at when it failed
     * @param failures the failures in a row, this one included
     * @param reason why; no part of a value
     */
    record Failed(String source, Instant at, int failures, String reason) implements SourceEvent {
        /**
         * Checks that all is there.
         *
         * @param source the name of the source
         * @param at when it failed
         * @param failures the failures in a row, this one included
         * @param reason why
         */
        public Failed {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(reason, "reason");
        }
    }

    /**
     * A reading was good again after at least one that failed.
     *
     * @param source the name of the source
     * @param at when it was
     * @param failures the failures in a row that ended
     * @param stale the time since the good reading before
     */
    record Recovered(String source, Instant at, int failures, Duration stale) implements SourceEvent {
        /**
         * Checks that all is there.
         *
         * @param source the name of the source
         * @param at when it was
         * @param failures the failures in a row that ended
         * @param stale the time since the good reading before
         */
        public Recovered {
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(stale, "stale");
        }
    }
}
