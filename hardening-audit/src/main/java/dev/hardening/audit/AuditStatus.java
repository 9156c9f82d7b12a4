package dev.hardening.audit;

import java.util.Objects;

/**
 * Shows how the log fares at one moment; reading it does no I/O.
 *
 * @param state whether events are being stored
 * @param size how many records are on the disk, which is also the next index
 * @param queuedRecords how many wait for the writer
 * @param queuedBytes how many bytes wait for the writer
 * @param lost how many events were refused or failed since the log was opened
 * @param unreportedLost how many of those stand in no gap record yet
 */
public record AuditStatus(State state, long size, int queuedRecords, long queuedBytes, long lost, long unreportedLost) {
    /** The states of a log. */
    public enum State {
        /** The last write reached the disk. */
        RUNNING,
        /** The last write failed; events are refused or fail until one succeeds again. */
        FAILING,
        /** Closed: every event is refused. */
        CLOSED
    }

    /**
     * Checks that nothing is missing.
     *
     * @param state whether events are being stored
     * @param size how many records are on the disk, which is also the next index
     * @param queuedRecords how many wait for the writer
     * @param queuedBytes how many bytes wait for the writer
     * @param lost how many events were refused or failed since the log was opened
     * @param unreportedLost how many of those stand in no gap record yet
     */
    public AuditStatus {
        Objects.requireNonNull(state, "state");
    }
}
