package dev.hardening.examples.lms.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The command line of hardening-secrets, as an operator runs it beside the service: the jar that the build has made. */
final class SecretsCommandLine {
    private static final Path TARGET = Path.of("")
            .toAbsolutePath()
            .resolve("../../hardening-secrets/target")
            .normalize();

    private final Path folder;
    private final Map<String, String> environment;

    /**
     * Prepares it.
     *
     * @param folder where it runs, and where its output goes
     * @param environment on top of this process's own
     */
    SecretsCommandLine(Path folder, Map<String, String> environment) {
        this.folder = folder;
        this.environment = Map.copyOf(environment);
    }

    /** Runs a verb, which has to succeed, and gives what it said. */
    String run(List<String> words) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        try {
            Path output = Files.createTempFile(folder, "command-", ".out");
            ProcessBuilder builder = new ProcessBuilder(
                            Stream.concat(Stream.of(java, "-jar", jar().toString()), words.stream())
                                    .toList())
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            String said = Files.readString(output);
            assertEquals(0, process.waitFor(), () -> words + " said:\n" + said);
            return said;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    private static Path jar() throws IOException {
        try (Stream<Path> files = Files.list(TARGET)) {
            return files.filter(file -> file.toString().endsWith("-cli.jar"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no command line in " + TARGET
                            + "; build it together with this module: mvn verify -pl examples/lms -am"));
        }
    }
}
