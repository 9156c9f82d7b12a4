package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The generated file gives the same bytes to whoever reads it: the real program where it is installed. */
@Tag("secrets:G2")
class EnvDialectTest {
    private static final List<String> NAMES =
            List.of("JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET", "ENCRYPTION_KEY");

    @TempDir
    Path folder;

    private Path file;
    private final Map<String, String> expected = new LinkedHashMap<>();

    @BeforeEach
    void generate() {
        file = folder.resolve(".env");
        EnvFile made = EnvFile.open(file);
        NAMES.forEach(
                name -> made.ensure(name, name.equals("ENCRYPTION_KEY") ? SecretSpec.hex256() : SecretSpec.token64()));
        made.save();
        NAMES.forEach(name -> expected.put(name, made.find(name).orElseThrow().reveal()));
    }

    @Test
    void shell_readsTheSame() throws IOException, InterruptedException {
        String script = "set -a; . \"$1\"; for name in " + String.join(" ", NAMES)
                + "; do eval \"printf '%s\\n' \\\"\\$$name\\\"\"; done";

        assertEquals(List.copyOf(expected.values()), run("sh", "-c", script, "sh", file.toString()));
    }

    @Test
    void node_readsTheSame() throws IOException, InterruptedException {
        assumeTrue(installed("node", "--version"), "node is not installed: its reading of env files is not tested");
        String script = NAMES.stream()
                .map(name -> "console.log(process.env." + name + ");")
                .reduce("", String::concat);
        assumeTrue(
                installed("node", "--env-file=" + file, "-e", ""),
                "this node has no --env-file: its reading of env files is not tested");

        assertEquals(List.copyOf(expected.values()), run("node", "--env-file=" + file, "-e", script));
    }

    /** Docker's documentation: a line is a name, the first equals sign, and the rest of the line as it is. */
    @Test
    void dockerEnvFileRules_readTheSame() throws IOException {
        Map<String, String> read = new LinkedHashMap<>();
        for (String line : Files.readAllLines(file)) {
            int equals = line.indexOf('=');
            read.put(line.substring(0, equals), line.substring(equals + 1));
        }

        assertEquals(expected, read);
    }

    private static boolean installed(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    private static List<String> run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor(30, TimeUnit.SECONDS);
        return output.lines().toList();
    }
}
