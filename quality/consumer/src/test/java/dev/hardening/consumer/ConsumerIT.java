package dev.hardening.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A program outside the reactor compiles and runs against the jar of one module and the libraries its POM declares as
 * required: no optional one, nothing else.
 */
class ConsumerIT {
    private static final Path SOURCES = Path.of("src", "consumers");

    @TempDir
    Path output;

    @ParameterizedTest
    @ValueSource(strings = {"secrets", "ratelimit", "health", "auth", "audit"})
    void module_aloneOnTheClassPath_compilesAndRuns(String module) throws Exception {
        String path = joined(Jars.of("hardening-" + module));

        run("javac", options("-Xlint:all", "-Werror", "-cp", path), List.of(source(module, "Main.java")));
        String said = run("java", List.of("-cp", path + File.pathSeparator + output), List.of("consumer.Main"));

        assertEquals(module + " works", lastLine(said));
    }

    @ParameterizedTest
    @ValueSource(strings = {"secrets", "ratelimit", "health", "auth", "audit"})
    void module_aloneOnTheModulePath_compilesAndRuns(String module) throws Exception {
        String path = joined(Jars.of("hardening-" + module));

        run(
                "javac",
                options("-Xlint:all,-requires-automatic", "-Werror", "-p", path),
                List.of(source(module, "Main.java"), source(module, "module-info.java")));
        String said =
                run("java", List.of("-p", path + File.pathSeparator + output), List.of("-m", "consumer/consumer.Main"));

        assertEquals(module + " works", lastLine(said));
    }

    /** slf4j says on the lines before that nobody listens. */
    private static String lastLine(String said) {
        return said.lines().reduce("", (before, line) -> line);
    }

    private List<String> options(String... options) {
        return Stream.concat(Stream.of("-d", output.toString(), "--release", "17"), Stream.of(options))
                .toList();
    }

    private static String source(String module, String file) {
        return SOURCES.resolve(module).resolve(file).toString();
    }

    private static String joined(List<Path> jars) {
        return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    private String run(String tool, List<String> options, List<String> arguments)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(output, tool, ".log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        command.addAll(options);
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int exit = process.waitFor();
        String said = Files.readString(log);
        assertEquals(0, exit, said);
        return said;
    }
}
