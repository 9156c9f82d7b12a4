package dev.hardening.health.internal;

import dev.hardening.health.CheckStatus;
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
    private final long renderedAt;
    private final long renewedAt;

    Published(
            HealthSnapshot snapshot,
            Map<Probe, Status> wholes,
            Map<Probe, Map<Wire, HealthAnswer>> answers,
            Life life,
            long now) {
        this.snapshot = snapshot;
        this.wholes = wholes;
        this.answers = answers;
        this.life = life;
        this.renderedAt = now;
        this.renewedAt = now;
    }

    private Published(Published rendered, Life life, long renewedAt) {
        this.snapshot = rendered.snapshot;
        this.wholes = rendered.wholes;
        this.answers = rendered.answers;
        this.renderedAt = rendered.renderedAt;
        this.life = life;
        this.renewedAt = renewedAt;
    }

    Published renewed(long now) {
        return new Published(this, life, now);
    }

    Published as(Life other) {
        return new Published(this, other, renewedAt);
    }

    boolean stale(long now, long staleAfter) {
        return life == Life.CLOSED || (life == Life.RUNNING && now - renewedAt > staleAfter);
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
                Duration.ofNanos(Math.max(0, now - renewedAt)),
                snapshot.checks().stream().map(check -> aged(check, now)).toList());
    }

    /** A result goes on ageing while nothing changes and only the heartbeat is heard. */
    private CheckStatus aged(CheckStatus check, long now) {
        CheckStatus.Stats then = check.stats();
        if (then.runs() == 0) {
            return check;
        }
        Duration age = then.age().plusNanos(Math.max(0, now - renderedAt));
        return new CheckStatus(
                check.name(),
                check.kind(),
                check.impact(),
                check.status(),
                check.reason(),
                check.data(),
                new CheckStatus.Stats(
                        then.runs(), then.failures(), then.transitions(), then.duration(), age, then.stuck()));
    }
}
