package dev.hardening.audit;

import java.time.Duration;
import java.util.Objects;

/**
 * Hears how the log fares, for meters and alarms; every method does nothing unless overridden.
 *
 * <p>Called on the writer thread or the thread of a refused caller, outside every lock. It must be quick and must not
 * record events. A throw is logged once and dropped.
 */
public interface AuditListener {
    /** Hears nothing. */
    AuditListener NONE = new AuditListener() {};

    /**
     * A group of records is on the disk.
     *
     * @param commit how many and how long it took
     */
    default void committed(Commit commit) {}

    /**
     * An event was not stored; its caller was told so.
     *
     * @param loss which and why
     */
    default void lost(Loss loss) {}

    /**
     * A segment could not be written or forced and is not written to any more.
     *
     * @param failure which and why
     */
    default void segmentFailed(SegmentFailure failure) {}

    /**
     * A group of records that reached the disk with one write and one force.
     *
     * @param records how many, at least 1
     * @param bytes how long they are
     * @param duration how long write and force took
     */
    record Commit(int records, int bytes, Duration duration) {
        /**
         * Checks that nothing is missing.
         *
         * @param records how many, at least 1
         * @param bytes how long they are
         * @param duration how long write and force took
         */
        public Commit {
            Objects.requireNonNull(duration, "duration");
        }
    }

    /**
     * An event that was not stored.
     *
     * @param type the event's type
     * @param reason {@code queue_full} or {@code write_failed}
     */
    record Loss(String type, String reason) {
        /**
         * Checks that nothing is missing.
         *
         * @param type the event's type
         * @param reason {@code queue_full} or {@code write_failed}
         */
        public Loss {
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(reason, "reason");
        }
    }

    /**
     * A segment that is given up.
     *
     * @param firstIndex the segment's name
     * @param cause what the operating system said
     */
    record SegmentFailure(long firstIndex, Exception cause) {
        /**
         * Checks that nothing is missing.
         *
         * @param firstIndex the segment's name
         * @param cause what the operating system said
         */
        public SegmentFailure {
            Objects.requireNonNull(cause, "cause");
        }
    }
}
