package dev.hardening.audit.read;

import java.util.List;
import java.util.Objects;

/**
 * Says whether a log has every record from the first to the last, each whole and in its place.
 *
 * <p>It does not say that nobody changed a record and wrote it anew in the same form; that takes the tree and its
 * checkpoints.
 *
 * @param records how many records were read
 * @param nextIndex the index after the last
 * @param unfinishedBytes what follows the last whole record: a write in progress, or the trace of a crash
 * @param findings what is wrong, in the order of the log
 */
public record ReadReport(long records, long nextIndex, long unfinishedBytes, List<Finding> findings) {
    /** The sorts of findings. */
    public enum Kind {
        /** A line that no audit log wrote. */
        DAMAGED,
        /** A record at the wrong place: removed, inserted, doubled or swapped. */
        OUT_OF_PLACE,
        /** A record of another log. */
        FOREIGN,
        /** A segment ends before the next one begins. */
        MISSING
    }

    /**
     * Checks and copies.
     *
     * @param records how many records were read
     * @param nextIndex the index after the last
     * @param unfinishedBytes what follows the last whole record: a write in progress, or the trace of a crash
     * @param findings what is wrong, in the order of the log
     */
    public ReadReport {
        findings = List.copyOf(findings);
    }

    /**
     * Says whether nothing is wrong.
     *
     * @return whether there is no finding; unfinished bytes at the end are none
     */
    public boolean continuous() {
        return findings.isEmpty();
    }

    /**
     * One thing that is wrong.
     *
     * @param kind of what sort
     * @param index the index that was expected there
     * @param file the segment
     * @param offset the byte in it
     */
    public record Finding(Kind kind, long index, String file, long offset) {
        /**
         * Checks that nothing is missing.
         *
         * @param kind of what sort
         * @param index the index that was expected there
         * @param file the segment
         * @param offset the byte in it
         */
        public Finding {
            Objects.requireNonNull(kind, "kind");
            Objects.requireNonNull(file, "file");
        }
    }
}
