package dev.hardening.health;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How everything stood at one moment; immutable, details included, so never to be sent to strangers as it is.
 *
 * @param name the service
 * @param liveness must this process be restarted?
 * @param readiness may this process get traffic?
 * @param startup is the start finished?
 * @param draining whether this process is on its way out
 * @param stale whether the engine stopped answering; liveness, readiness and startup are then down
 * @param age how long ago the engine last said so
 * @param checks every check and gate, in the order of registration
 */
public record HealthSnapshot(
        String name,
        Status liveness,
        Status readiness,
        Status startup,
        boolean draining,
        boolean stale,
        Duration age,
        List<CheckStatus> checks) {
    /**
     * Copies the list.
     *
     * @param name the service
     * @param liveness as a whole
     * @param readiness as a whole
     * @param startup as a whole
     * @param draining whether on the way out
     * @param stale whether the engine stopped answering
     * @param age since the engine last said so
     * @param checks copied
     */
    public HealthSnapshot {
        checks = List.copyOf(checks);
    }

    /**
     * Finds one check or gate.
     *
     * @param check its name
     * @return its status, or empty if there is none of that name
     */
    public Optional<CheckStatus> find(String check) {
        Objects.requireNonNull(check, "check");
        return checks.stream().filter(status -> status.name().equals(check)).findFirst();
    }
}
