package dev.hardening.benchmarks;

import dev.hardening.secrets.Schema;
import dev.hardening.secrets.SchemaReport;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSource;
import dev.hardening.secrets.SecretSpec;
import dev.hardening.secrets.scan.RepositoryScanner;
import dev.hardening.secrets.scan.ScanReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A scan of 50 MB of this project's own main sources, repeated, beside reading the same file; and a schema of 50
 * variables, half of them secrets. Run from the top of the repository.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ScanBenchmark {
    private static final int SIZE = 50_000_000;
    private static final int SETTINGS = 50;

    private final RepositoryScanner scanner = RepositoryScanner.builder().build();
    private Path folder;
    private Schema schema;
    private SecretSource source;

    @Setup
    public void prepare() throws IOException {
        folder = Files.createTempDirectory("scan");
        Files.write(folder.resolve("sources"), sources());
        SecretGenerator generator = SecretGenerator.create(new SecureRandom());
        Schema.Builder builder = Schema.builder();
        Map<String, String> values = new HashMap<>();
        for (int at = 0; at < SETTINGS; at++) {
            if (at % 2 == 0) {
                builder.secret("SECRET_" + at);
                values.put("SECRET_" + at, generator.next(SecretSpec.token64()).reveal());
            } else {
                builder.uri("URL_" + at, "https");
                values.put("URL_" + at, "https://host" + at + ".example/path");
            }
        }
        schema = builder.build();
        source = SecretSource.of(values);
        if (!schema.check(source).findings().isEmpty() || !scanner.scan(folder).passed()) {
            throw new IllegalStateException("the material is not clean");
        }
    }

    private static byte[] sources() throws IOException {
        ByteArrayOutputStream once = new ByteArrayOutputStream();
        try (Stream<Path> files = Files.walk(Path.of("."))) {
            List<Path> main = files.filter(file -> file.toString().contains("src/main/java"))
                    .filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
            for (Path file : main) {
                once.write(Files.readAllBytes(file));
            }
        }
        byte[] unit = once.toByteArray();
        byte[] text = new byte[SIZE];
        for (int at = 0; at < SIZE; at++) {
            text[at] = unit[at % unit.length];
        }
        return text;
    }

    @TearDown
    public void remove() throws IOException {
        Files.delete(folder.resolve("sources"));
        Files.delete(folder);
    }

    @Benchmark
    public ScanReport sources50MB_hardening() {
        return scanner.scan(folder);
    }

    @Benchmark
    public int sources50MB_readOnly() throws IOException {
        return Files.readAllBytes(folder.resolve("sources")).length;
    }

    @Benchmark
    public SchemaReport schema50_hardening() {
        return schema.check(source);
    }
}
