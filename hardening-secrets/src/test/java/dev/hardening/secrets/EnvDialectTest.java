package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cdimascio.dotenv.Dotenv;
import io.github.cdimascio.dotenv.DotenvEntry;
import io.github.cdimascio.dotenv.DotenvException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The generated file, rotated once, gives the same bytes to whoever reads it: the real program where it is installed,
 * and what its documentation says.
 */
@Tag("secrets:G2")
class EnvDialectTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("HOME", "/home/someone", "B", "other");
    private static final List<String> NAMES = List.of(
            "JWT_SECRET",
            "JWT_SECRET_PREVIOUS",
            "JWT_REFRESH_SECRET",
            "SESSION_SECRET",
            "ENCRYPTION_KEY",
            "SETUP_PHRASE",
            "BASE58",
            "DIGITS",
            "ALPHANUMERIC");

    @TempDir
    Path folder;

    private Path file;
    private final Map<String, String> expected = new LinkedHashMap<>();

    @BeforeEach
    void generate() {
        file = folder.resolve(".env");
        EnvFile made = EnvFile.open(file)
                .ensure("JWT_SECRET", SecretSpec.token64())
                .ensure("JWT_REFRESH_SECRET", SecretSpec.token64())
                .ensure("SESSION_SECRET", SecretSpec.token64())
                .ensure("ENCRYPTION_KEY", SecretSpec.hex256())
                .ensure("SETUP_PHRASE", SecretSpec.words(128));
        for (Alphabet alphabet : List.of(Alphabet.BASE58, Alphabet.DIGITS, Alphabet.ALPHANUMERIC)) {
            made.ensure(alphabet.name(), SecretSpec.of(256, alphabet));
        }
        made.save();
        made.rotate("JWT_SECRET", SecretSpec.token64()).save();
        NAMES.forEach(name -> expected.put(name, made.find(name).orElseThrow().reveal()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "dash", "bash", "zsh", "ksh"})
    void shell_readsTheSame(String shell) throws IOException, InterruptedException {
        assumeTrue(installed(shell, "-c", ":"), shell + " is not installed: its reading of env files is not tested");
        String script = "set -a; . \"$1\"; for name in " + String.join(" ", NAMES)
                + "; do eval \"printf '%s\\n' \\\"\\$$name\\\"\"; done";

        assertEquals(List.copyOf(expected.values()), run(shell, "-c", script, "sh", file.toString()));
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

    @Test
    void systemd_readsTheSame() throws IOException, InterruptedException {
        assumeTrue(
                Files.isDirectory(Path.of("/run/systemd/system")) && installed("systemd-run", "--version"),
                "systemd does not run here: its reading of env files is tested by the rules of its manual alone");
        List<String> command =
                List.of("systemd-run", "--wait", "--pipe", "--quiet", "-p", "EnvironmentFile=" + file, "env");

        Set<String> read = Set.copyOf(run(command.toArray(String[]::new)));

        expected.forEach((name, value) -> assertTrue(read.contains(name + "=" + value), name));
    }

    @Test
    void dotenvJava_readsTheSame() {
        assertEquals(expected, dotenvJava(".env"));
    }

    /** Any character anywhere in a value that nothing is said about, so also in values that others wrote. */
    @Test
    void dotenvJava_whereLintIsSilent_readsWhatWeRead() throws IOException {
        Path other = folder.resolve("other");
        int silent = 0;
        for (char symbol = ' '; symbol <= '~'; symbol++) {
            for (String value : List.of(symbol + "xy", "x" + symbol + "y", "xy" + symbol)) {
                PrivateFile.at(other).replace(("A=" + value + "\nB=1\n").getBytes(StandardCharsets.UTF_8));
                if (EnvFile.lint(other).isEmpty()) {
                    silent++;
                    assertEquals(Map.of("A", value, "B", "1"), dotenvJava("other"));
                }
            }
        }
        assertTrue(silent > 200, "of 285 values only " + silent + " were read");
    }

    /** Where it parts ways is where lint warns; a generated file has neither. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {"A='x',quoted,'x'", "A=\"x\",quoted,x"})
    void dotenvJava_linesThatLintWarnsOf_areReadItsOwnWay(String line, String rule, String value) throws IOException {
        Path other = folder.resolve("other");
        PrivateFile.at(other).replace((line + "\n").getBytes(StandardCharsets.UTF_8));

        assertEquals(
                List.of(rule),
                EnvFile.lint(other).stream().map(EnvFile.Finding::rule).toList());
        assertEquals("x", EnvFile.open(other).find("A").orElseThrow().reveal());
        assertEquals(value, dotenvJava("other").get("A"));
    }

    @Test
    void dotenvJava_export_isRefusedWhereLintWarns() throws IOException {
        PrivateFile.at(folder.resolve("other")).replace("export A=x\n".getBytes(StandardCharsets.UTF_8));

        assertEquals(
                List.of("export"),
                EnvFile.lint(folder.resolve("other")).stream()
                        .map(EnvFile.Finding::rule)
                        .toList());
        assertThrows(DotenvException.class, () -> dotenvJava("other"));
    }

    private Map<String, String> dotenvJava(String name) {
        return Dotenv.configure()
                .directory(folder.toString())
                .filename(name)
                .load()
                .entries(Dotenv.Filter.DECLARED_IN_ENV_FILE)
                .stream()
                .collect(Collectors.toMap(DotenvEntry::getKey, DotenvEntry::getValue));
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker", "compose", "systemd", "node"})
    void documentedRules_readTheSame(String reader) throws IOException {
        Map<String, String> read = EnvReaders.ALL.get(reader).apply(Files.readAllLines(file), ENVIRONMENT);

        assertEquals(expected, read);
    }

    /** Proves the readers: what lint calls a fault is what they part ways over. */
    @ParameterizedTest
    @ValueSource(strings = {"A=$HOME", "A=a\\nb", "A=one # two", "A=x#y", "A=\"$B\"", "A=\"a\\nb\""})
    void documentedRules_linesThatLintRefuses_areReadDifferently(String line) throws IOException {
        PrivateFile.at(folder.resolve("other")).replace((line + "\n").getBytes(StandardCharsets.UTF_8));

        Set<String> values = EnvReaders.ALL.values().stream()
                .map(reader -> reader.apply(List.of(line), ENVIRONMENT).get("A"))
                .collect(Collectors.toSet());

        assertTrue(values.size() > 1, values::toString);
        assertTrue(EnvFile.lint(folder.resolve("other")).stream().anyMatch(EnvFile.Finding::fault));
    }

    /** What was quoted once is rotated within its quotes, and the earlier value keeps its own. */
    @Test
    void quotedValue_rotated_isReadTheSameByParsersThatKnowQuotes() throws IOException {
        Path quoted = folder.resolve("quoted");
        PrivateFile.at(quoted).replace("A='two $words'\n".getBytes(StandardCharsets.UTF_8));
        EnvFile rotated = EnvFile.open(quoted).rotate("A", SecretSpec.token64());
        rotated.save();

        for (String reader : List.of("compose", "systemd", "node")) {
            Map<String, String> read = EnvReaders.ALL.get(reader).apply(Files.readAllLines(quoted), ENVIRONMENT);
            assertEquals(rotated.find("A").orElseThrow().reveal(), read.get("A"), reader);
            assertEquals("two $words", read.get("A_PREVIOUS"), reader);
        }
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
