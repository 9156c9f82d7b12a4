package dev.hardening.secrets.scan;

import java.util.List;
import java.util.Objects;

/**
 * What a scan found, in the order of paths and lines.
 *
 * <p>Holds no part of any secret, so it may be logged, kept and sent. A scan has {@link #passed} if it is
 * {@link #clean}, nothing new was found, and {@link #complete}, nothing had to be left out. Immutable.
 */
public final class ScanReport {
    private final Baseline baseline;
    private final List<Finding> findings;
    private final List<Finding> known;
    private final List<Baseline.Entry> stale;
    private final List<Unscanned> unscanned;
    private final Counts counts;

    ScanReport(Baseline baseline, Sorted sorted, List<Unscanned> unscanned, Counts counts) {
        this.baseline = baseline;
        this.findings = List.copyOf(sorted.fresh());
        this.known = List.copyOf(sorted.known());
        this.stale = List.copyOf(sorted.stale());
        this.unscanned = List.copyOf(unscanned);
        this.counts = counts;
    }

    /** Findings as a baseline divides them. */
    record Sorted(List<Finding> fresh, List<Finding> known, List<Baseline.Entry> stale) {}

    /** Which entries of a baseline a scan must have found again if they were still true. */
    interface Scope {
        boolean covers(Baseline.Entry entry);
    }

    /**
     * One secret in one place.
     *
     * @param rule a stable id, such as {@code github-token}
     * @param description what it is, in words
     * @param severity how sure that is
     * @param path the file, relative to the folder that was scanned, with slashes
     * @param line counted from 1
     * @param column counted from 1, in code points
     * @param excerpt the kind of name in front of it and {@code ****}; nothing of the text itself
     * @param fingerprint tells the same secret in the same file again wherever it moves there; slow to compute, so that
     *     a weak secret cannot be found by trying
     */
    public record Finding(
            String rule,
            String description,
            Severity severity,
            String path,
            long line,
            long column,
            String excerpt,
            String fingerprint) {
        /**
         * Checks that all is there.
         *
         * @param rule a stable id
         * @param description what it is
         * @param severity how sure that is
         * @param path the file
         * @param line counted from 1
         * @param column counted from 1
         * @param excerpt no part of the secret
         * @param fingerprint of rule, path and secret
         */
        public Finding {
            Objects.requireNonNull(rule, "rule");
            Objects.requireNonNull(description, "description");
            Objects.requireNonNull(severity, "severity");
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(excerpt, "excerpt");
            Objects.requireNonNull(fingerprint, "fingerprint");
        }
    }

    /** Why a file was not scanned, or not to its end. */
    public enum Reason {
        /** Larger than the scanner was told to read. */
        TOO_LARGE,
        /** It could not be opened or read. */
        UNREADABLE,
        /** It was named to be scanned and is a folder, a link or a special file. */
        NOT_REGULAR,
        /** Its name is that of a text, such as {@code .env}, and its content is none. */
        BINARY,
        /** More secrets than a report lists, for this file or for all; the first ones are in it. */
        TOO_MANY_FINDINGS
    }

    /**
     * A file that was left out.
     *
     * @param path the file, relative to the folder that was scanned, with slashes
     * @param reason why
     */
    public record Unscanned(String path, Reason reason) {
        /**
         * Checks that all is there.
         *
         * @param path the file
         * @param reason why
         */
        public Unscanned {
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(reason, "reason");
        }
    }

    /**
     * How much was looked at.
     *
     * @param files texts that were scanned
     * @param bytes their sizes together
     * @param binaries files that are no text, of which only the kind was looked at
     * @param links symbolic links and special files, which are not followed
     * @param allowed secrets beside the comment {@code hardening:allow-secret}
     */
    public record Counts(long files, long bytes, long binaries, long links, long allowed) {}

    /**
     * Tells whether a build may go on.
     *
     * @return whether the scan is {@link #clean} and {@link #complete}
     */
    public boolean passed() {
        return clean() && complete();
    }

    /**
     * Tells whether nothing new was found in what was read; see {@link #passed}.
     *
     * @return whether {@link #findings} is empty
     */
    public boolean clean() {
        return findings.isEmpty();
    }

    /**
     * Tells whether every file was read to its end.
     *
     * @return whether {@link #unscanned} is empty
     */
    public boolean complete() {
        return unscanned.isEmpty();
    }

    /**
     * Lists what is not in the baseline.
     *
     * @return sorted by path and line, unmodifiable
     */
    public List<Finding> findings() {
        return findings;
    }

    /**
     * Lists what the baseline holds and the scan found again.
     *
     * @return sorted by path and line, unmodifiable
     */
    public List<Finding> known() {
        return known;
    }

    /**
     * Lists what the baseline holds and the scan did not find in the files it read to their end, nor in files that are
     * gone.
     *
     * @return in the order of the baseline, unmodifiable
     */
    public List<Baseline.Entry> stale() {
        return stale;
    }

    /**
     * Lists what was left out.
     *
     * @return sorted by path, unmodifiable
     */
    public List<Unscanned> unscanned() {
        return unscanned;
    }

    /**
     * Counts what was looked at.
     *
     * @return the counts
     */
    public Counts counts() {
        return counts;
    }

    /**
     * Prints for people, a line a finding.
     *
     * @return lines that end in a line feed, a summary last
     */
    public String toText() {
        return ReportText.of(this);
    }

    /**
     * Prints for programs.
     *
     * @return one JSON object, format {@code hardening-scan/1}
     */
    public String toJson() {
        return ReportJson.json(this);
    }

    /**
     * Prints for tools that show findings beside the code: SARIF 2.1.0 (OASIS), findings of the baseline as suppressed.
     *
     * @return one JSON object
     */
    public String toSarif() {
        return ReportJson.sarif(this);
    }

    /**
     * Prints for people.
     *
     * @return what {@link #toText} gives
     */
    @Override
    public String toString() {
        return toText();
    }

    /** What the scan knew, whose salt its fingerprints are under. */
    Baseline baseline() {
        return baseline;
    }
}
