package dev.hardening.benchmarks;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the benchmark that is named and prints ours beside the peers of the same run. */
public final class Main {
    private static final Map<String, Class<?>> BENCHMARKS = Map.of(
            "tokens", TokensBenchmark.class,
            "limits", LimitsBenchmark.class,
            "limits-shared", SharedLimitsBenchmark.class,
            "health", HealthBenchmark.class,
            "secrets", SecretsBenchmark.class,
            "scan", ScanBenchmark.class,
            "seal", SealBenchmark.class,
            "seal-cold", SealColdBenchmark.class,
            "seal-streams", SealStreamBenchmark.class);

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        List<String> words = Arrays.asList(arguments);
        String name = words.isEmpty() ? "" : words.get(0);
        if (name.equals("lms")) {
            System.out.println("\n| phase | took | p50 | p95 | p99 | longest | errors |");
            System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
            LmsLoad.run();
            return;
        }
        boolean quick = words.contains("quick");
        if (name.equals("limits-flood")) {
            System.exit(FloodBenchmark.fork(quick));
        }
        Class<?> benchmark = BENCHMARKS.get(name);
        if (benchmark == null) {
            System.err.println(
                    "no benchmark named '" + name + "'; there are lms, limits-flood and " + BENCHMARKS.keySet());
            System.exit(64);
        }
        Collection<RunResult> results = new Runner(
                        name.endsWith("-cold")
                                ? cold(benchmark)
                                : options(benchmark, quick).build())
                .run();
        System.out.println(Table.of(name, results));
        if (name.equals("limits-shared")) {
            SharedLoad.run(quick);
        }
    }

    /** What a process does first: each fork measures once and is not warm. */
    private static Options cold(Class<?> benchmark) {
        return new OptionsBuilder()
                .include(benchmark.getName())
                .forks(10)
                .warmupIterations(0)
                .measurementIterations(1)
                .shouldFailOnError(true)
                .build();
    }

    /** Quick: one fork and short iterations, to see that it runs; never for a figure in a document. */
    private static ChainedOptionsBuilder options(Class<?> benchmark, boolean quick) {
        return new OptionsBuilder()
                .include(benchmark.getName())
                .addProfiler(GCProfiler.class)
                .forks(quick ? 1 : 3)
                .warmupIterations(quick ? 2 : 5)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(quick ? 2 : 5)
                .measurementTime(TimeValue.seconds(1))
                .shouldFailOnError(true);
    }
}
