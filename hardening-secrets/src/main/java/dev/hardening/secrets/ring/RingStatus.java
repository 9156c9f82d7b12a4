package dev.hardening.secrets.ring;

import java.time.Duration;
import java.util.Objects;

/**
 * How the copy of a {@link KeyRing} in memory stands.
 *
 * @param ring the name of the ring
 * @param freshness whether the copy may be trusted to be current
 * @param version how often the ring was written, as far as this process knows
 * @param age the time since the store was last read or written with success; of an idle ring nobody reads it again
 * @param reason the {@link dev.hardening.secrets.SecretsUnavailableException.Reason} of the last reading, empty where it
 *     did not fail
 */
public record RingStatus(String ring, Freshness freshness, long version, Duration age, String reason) {
    /** Whether the copy may be trusted to be current. */
    public enum Freshness {
        /** The last reading was good. */
        FRESH,
        /** The last reading failed, or one hangs; known keys are handed out. */
        STALE,
        /** As STALE, and the copy is older than {@link KeyRing.Builder#maxStale}; no key is handed out. */
        EXPIRED
    }

    /**
     * Expects all to be there.
     *
     * @param ring the name of the ring
     * @param freshness whether the copy may be trusted to be current
     * @param version how often the ring was written
     * @param age the time since the last success
     * @param reason why the last reading failed, or empty
     */
    public RingStatus {
        Objects.requireNonNull(ring, "ring");
        Objects.requireNonNull(freshness, "freshness");
        Objects.requireNonNull(age, "age");
        Objects.requireNonNull(reason, "reason");
    }
}
