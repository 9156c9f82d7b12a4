package dev.hardening.secrets.source;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a {@link WatchedSource} stands: whether its values are those of the place, and if not, since when and why.
 *
 * @param source the name of the source
 * @param freshness whether the values may be trusted to be current
 * @param generation 1 for the values read first, one more for each change seen since
 * @param revision which revision the place says the values are, empty where it counts none
 * @param age the time since the last good reading
 * @param failures the readings that failed since
 * @param reason why the last reading failed, empty where it did not; no part of a value
 * @param findings what the last good reading noticed
 */
public record SourceState(
        String source,
        Freshness freshness,
        long generation,
        String revision,
        Duration age,
        int failures,
        String reason,
        List<SecretReading.Finding> findings) {

    /** Whether the values may be trusted to be current. */
    public enum Freshness {
        /** The last reading was good, and is not overdue. */
        FRESH,
        /** The last good values are served; readings fail, or none has ended for too long. */
        STALE,
        /** The values are older than {@code maxStale} and are not served any more. */
        EXPIRED
    }

    /**
     * Copies the findings.
     *
     * @param source the name of the source
     * @param freshness whether the values may be trusted to be current
     * @param generation the number of changes seen, from 1
     * @param revision the revision of the place
     * @param age the time since the last good reading
     * @param failures the readings that failed since
     * @param reason why the last reading failed
     * @param findings what the last good reading noticed
     */
    public SourceState {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(freshness, "freshness");
        Objects.requireNonNull(revision, "revision");
        Objects.requireNonNull(age, "age");
        Objects.requireNonNull(reason, "reason");
        findings = List.copyOf(findings);
    }
}
