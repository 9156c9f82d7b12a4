package dev.hardening.health.micrometer;

import dev.hardening.health.CheckKind;
import dev.hardening.health.CheckStatus;
import dev.hardening.health.Health;
import dev.hardening.health.Probe;
import dev.hardening.health.Status;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Publishes the health of a service as meters named {@code hardening.health.*}.
 *
 * <p>Reads the last snapshot when the registry asks and runs no check. The only tags are names of checks, which come
 * from code, probe names, and two status codes. Bind after every check was registered; a check counts with 1 when up,
 * 0.5 with a warning and 0 when down.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class HealthMeters implements MeterBinder {
    private static final double HALF = 0.5;

    private final Health health;

    private HealthMeters(Health health) {
        this.health = health;
    }

    /**
     * Makes the binder.
     *
     * @param health whose meters to publish
     * @return a binder for any number of registries
     */
    public static HealthMeters of(Health health) {
        return new HealthMeters(Objects.requireNonNull(health, "health"));
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        health.snapshot().checks().stream()
                .filter(check -> check.kind() != CheckKind.STARTUP)
                .forEach(check -> bindCheck(registry, check.name()));
        Gauge.builder("hardening.health.ready", health, each -> each.ready() ? 1 : 0)
                .description("Whether this instance may get traffic")
                .baseUnit("status")
                .strongReference(true)
                .register(registry);
        Gauge.builder("hardening.health.stuck", health, HealthMeters::stuck)
                .description("Checks whose run is out of time and still holds its thread")
                .baseUnit("checks")
                .strongReference(true)
                .register(registry);
        FunctionCounter.builder("hardening.health.events.dropped", health, Health::droppedEvents)
                .description("Events that a listener was too slow to take")
                .baseUnit("events")
                .register(registry);
        for (Probe probe : Probe.values()) {
            bindProbe(registry, probe, 200);
            bindProbe(registry, probe, 503);
        }
    }

    private void bindProbe(MeterRegistry registry, Probe probe, int status) {
        FunctionCounter.builder("hardening.health.probe.requests", health, each -> each.answers(probe, status))
                .description("Answers given to probes")
                .baseUnit("requests")
                .tag("kind", probe.path().substring(1))
                .tag("status", Integer.toString(status))
                .register(registry);
    }

    private void bindCheck(MeterRegistry registry, String check) {
        Gauge.builder("hardening.health.check.status", health, of(check, HealthMeters::value))
                .description("1 up, 0.5 with a warning, 0 down")
                .baseUnit("status")
                .tag("check", check)
                .strongReference(true)
                .register(registry);
        TimeGauge.builder("hardening.health.check.age", health, TimeUnit.NANOSECONDS, of(check, HealthMeters::age))
                .description("Age of the last result")
                .tag("check", check)
                .strongReference(true)
                .register(registry);
        TimeGauge.builder(
                        "hardening.health.check.duration",
                        health,
                        TimeUnit.NANOSECONDS,
                        of(check, HealthMeters::duration))
                .description("Duration of the last finished run")
                .tag("check", check)
                .strongReference(true)
                .register(registry);
        counter(
                registry,
                check,
                "runs",
                "Results of the check",
                status -> status.stats().runs());
        counter(
                registry,
                check,
                "failures",
                "Failed results of the check",
                status -> status.stats().failures());
        counter(
                registry,
                check,
                "transitions",
                "Changes of the status",
                status -> status.stats().transitions());
    }

    private void counter(
            MeterRegistry registry, String check, String noun, String text, ToDoubleFunction<CheckStatus> value) {
        FunctionCounter.builder("hardening.health.check." + noun, health, of(check, value))
                .description(text)
                .baseUnit(noun)
                .tag("check", check)
                .register(registry);
    }

    private static ToDoubleFunction<Health> of(String check, ToDoubleFunction<CheckStatus> value) {
        return health -> health.snapshot().find(check).map(value::applyAsDouble).orElse(Double.NaN);
    }

    private static double age(CheckStatus check) {
        return check.stats().age().toNanos();
    }

    private static double duration(CheckStatus check) {
        return check.stats().duration().toNanos();
    }

    private static double stuck(Health health) {
        return health.snapshot().checks().stream()
                .filter(check -> check.stats().stuck())
                .count();
    }

    private static double value(CheckStatus check) {
        if (check.status() == Status.WARN) {
            return HALF;
        }
        return check.status() == Status.UP ? 1 : 0;
    }
}
