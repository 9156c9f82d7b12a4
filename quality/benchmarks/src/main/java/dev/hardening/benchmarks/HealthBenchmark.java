package dev.hardening.benchmarks;

import com.codahale.metrics.health.HealthCheck;
import com.codahale.metrics.health.HealthCheckRegistry;
import dev.hardening.health.CheckResult;
import dev.hardening.health.Health;
import dev.hardening.health.HealthAnswer;
import dev.hardening.health.Probe;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The readiness answer over checks that are free. Ours is the rendered body; the peer's row is results without JSON. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HealthBenchmark {
    @Param({"10", "100"})
    public int checks;

    private Health health;
    private HealthCheckRegistry metrics;

    @Setup
    public void start() {
        Health.Builder builder = Health.builder("benchmark");
        metrics = new HealthCheckRegistry();
        for (int i = 0; i < checks; i++) {
            builder.readiness("check-" + i, deadline -> CheckResult.ok());
            metrics.register("check-" + i, new Free());
        }
        health = builder.build().start();
    }

    @TearDown
    public void stop() {
        health.close();
        metrics.shutdown();
    }

    @Benchmark
    public HealthAnswer ready_hardening() {
        return health.answer(Probe.READY, "*/*");
    }

    @Benchmark
    public SortedMap<String, HealthCheck.Result> ready_dropwizardMetrics() {
        return metrics.runHealthChecks();
    }

    private static final class Free extends HealthCheck {
        @Override
        protected Result check() {
            return Result.healthy();
        }
    }
}
