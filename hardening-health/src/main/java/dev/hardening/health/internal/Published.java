package dev.hardening.health.internal;

import dev.hardening.health.HealthAnswer;
import dev.hardening.health.HealthSnapshot;
import dev.hardening.health.Probe;
import dev.hardening.health.Status;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** One immutable state of the board with every answer rendered; readers get it by a single volatile read. */
final class Published {
    private static final Map<Wire, HealthAnswer> STALE = new EnumMap<>(
            Map.of(Wire.MICROPROFILE, Wire.MICROPROFILE.stale(), Wire.HEALTH_JSON, Wire.HEALTH_JSON.stale()));

    /** Whether it may grow stale: not before the engine started. */
    enum Life {
        WAITING,
        RUNNING,
        CLOSED
    }

    final HealthSnapshot snapshot;
    private final Map<Probe, Status> wholes;
    private final Map<Probe, Map<Wire, HealthAnswer>> answers;
    private final Life life;
    private final long at;

    Published(
            HealthSnapshot snapshot,
            Map<Probe, Status> wholes,
            Map<Probe, Map<Wire, HealthAnswer>> answers,
            Life life,
            long at) {
        this.snapshot = snapshot;
        this.wholes = wholes;
        this.answers = answers;
        this.life = life;
        this.at = at;
    }

    Published renewed(long now) {
        return new Published(snapshot, wholes, answers, life, now);
    }

    Published as(Life other) {
        return new Published(snapshot, wholes, answers, other, at);
    }

    boolean stale(long now, long staleAfter) {
        return life == Life.CLOSED || (life == Life.RUNNING && now - at > staleAfter);
    }

    HealthAnswer answer(Probe probe, Wire wire, boolean stale) {
        Map<Wire, HealthAnswer> formats = stale ? STALE : answers.getOrDefault(probe, STALE);
        return Objects.requireNonNull(formats.get(wire), "wire");
    }

    Status whole(Probe probe) {
        return wholes.getOrDefault(probe, Status.DOWN);
    }

    HealthSnapshot snapshot(long now, boolean stale) {
        Status none = Status.DOWN;
        return new HealthSnapshot(
                snapshot.name(),
                stale ? none : snapshot.liveness(),
                stale ? none : snapshot.readiness(),
                stale ? none : snapshot.startup(),
                snapshot.draining(),
                stale,
                Duration.ofNanos(Math.max(0, now - at)),
                snapshot.checks());
    }
}
