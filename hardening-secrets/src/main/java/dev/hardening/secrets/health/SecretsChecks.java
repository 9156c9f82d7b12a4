package dev.hardening.secrets.health;

import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthCheck;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStatus;
import dev.hardening.secrets.source.SourceState;
import dev.hardening.secrets.source.WatchedSource;
import java.util.Objects;

/** Makes the checks of this module, all for readiness; none of them does I/O or shows any part of a value. */
public final class SecretsChecks {
    private static final String TAMPERED = SecretsUnavailableException.Reason.TAMPERED.name();

    private SecretsChecks() {}

    /**
     * Tells whether a source still follows its place.
     *
     * <p>Warns {@code stale} while the last good values are served because readings fail or do not end, and fails
     * {@code expired} once the values are older than {@code maxStale}. The data name the generation, the revision, the
     * age in seconds, the failures in a row, why, and how many findings there are.
     *
     * @param source stays the caller's to close
     * @return the check
     */
    @SuppressWarnings("exports") // health is optional, see docs/adr/0075
    public static HealthCheck source(WatchedSource source) {
        Objects.requireNonNull(source, "source");
        return deadline -> judge(source.state());
    }

    /**
     * Tells whether a ring still follows its store.
     *
     * <p>Warns {@code stale} while known keys are handed out because the store cannot be read, and fails {@code expired}
     * once none is, since the copy is older than {@code maxStale}; fails {@code tampered} at once where what is stored is
     * not what was written. The data name the version, the age in seconds and why. Reads nothing: a ring that nobody uses
     * is old and well.
     *
     * @param ring watched
     * @return the check
     */
    @SuppressWarnings("exports") // health is optional, see docs/adr/0075
    public static HealthCheck ring(KeyRing ring) {
        Objects.requireNonNull(ring, "ring");
        return deadline -> judge(ring.status());
    }

    static CheckResult judge(RingStatus status) {
        CheckResult result = switch (status.freshness()) {
            case FRESH -> CheckResult.ok();
            case STALE -> status.reason().equals(TAMPERED) ? CheckResult.fail("tampered") : CheckResult.warn("stale");
            case EXPIRED -> CheckResult.fail("expired");
        };
        result = result.with("version", status.version())
                .with("ageSeconds", status.age().toSeconds());
        return status.reason().isEmpty() ? result : result.with("why", status.reason());
    }

    static CheckResult judge(SourceState state) {
        CheckResult result = CheckResult.ok();
        if (state.freshness() == SourceState.Freshness.EXPIRED) {
            result = CheckResult.fail("expired");
        } else if (state.freshness() == SourceState.Freshness.STALE) {
            result = CheckResult.warn("stale");
        }
        result = result.with("generation", state.generation())
                .with("ageSeconds", state.age().toSeconds())
                .with("failures", state.failures())
                .with("findings", state.findings().size());
        if (!state.revision().isEmpty()) {
            result = result.with("revision", state.revision());
        }
        return state.reason().isEmpty() ? result : result.with("why", state.reason());
    }
}
