package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A15")
class BaselineTest {
    private static final String TOKEN = "gh" + "p_" + "aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY8eU3";
    private static final String WEAK = "hunter22!";

    @TempDir
    Path folder;

    private Path tree;
    private Path file;

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectory(folder.resolve("tree"));
        file = folder.resolve("baseline.json");
        Files.writeString(tree.resolve("a"), "T=" + TOKEN + "\npass" + "word=" + WEAK + "\n");
    }

    private static Baseline fast() {
        return new Baseline(new byte[16], 1_000, List.of());
    }

    private ScanReport scan(Baseline baseline) {
        return RepositoryScanner.builder().baseline(baseline).build().scan(tree);
    }

    private Baseline accepted() {
        return fast().accept(scan(fast()));
    }

    @Test
    void scan_acceptedSecrets_areKnownThoughTheirLinesMoved() throws IOException {
        Baseline baseline = accepted();
        Files.writeString(tree.resolve("a"), "\n\npass" + "word=" + WEAK + "\n\n\n        T=" + TOKEN + "\n");

        ScanReport report = scan(baseline);

        assertTrue(report.clean());
        assertEquals(2, report.known().size());
        assertEquals(List.of(), report.stale());
    }

    @Test
    void scan_newSecretAndOtherFile_areReported() throws IOException {
        Baseline baseline = accepted();
        Files.writeString(tree.resolve("a"), "T=" + TOKEN + "\npass" + "word=" + WEAK + "3\n");
        Files.writeString(tree.resolve("b"), "T=" + TOKEN + "\n");

        ScanReport report = scan(baseline);

        assertEquals(
                List.of("a password", "b github-token"),
                report.findings().stream()
                        .map(it -> it.path() + " " + it.rule())
                        .toList());
        assertEquals(
                List.of("password"),
                report.stale().stream().map(Baseline.Entry::rule).toList());
    }

    @Test
    void accept_stale_isForgottenAndTheRestKept() throws IOException {
        Baseline baseline = accepted();
        Files.writeString(tree.resolve("a"), "T=" + TOKEN + "\n");

        Baseline next = baseline.accept(scan(baseline));

        assertEquals(
                List.of("github-token"),
                next.entries().stream().map(Baseline.Entry::rule).toList());
    }

    @Test
    void accept_scanOfOtherFiles_forgetsNothing() throws IOException {
        Baseline baseline = accepted();
        Files.writeString(tree.resolve("b"), "T=" + TOKEN + "\n");
        ScanReport report =
                RepositoryScanner.builder().baseline(baseline).build().scanFiles(tree, List.of(Path.of("b")));

        assertEquals(List.of(), report.stale());
        assertEquals(3, baseline.accept(report).entries().size());
    }

    @Test
    void write_baseline_isReadBackAndStable() throws IOException {
        Baseline baseline = accepted();
        baseline.write(file);
        String first = Files.readString(file);
        Baseline.read(file).orElseThrow().write(file);

        assertEquals(first, Files.readString(file));
        assertTrue(scan(Baseline.read(file).orElseThrow()).clean());
        assertFalse(first.contains(WEAK) || first.contains(TOKEN) || first.contains("\"line\""));
        assertEquals(Optional.empty(), Baseline.read(folder.resolve("absent")));
    }

    @Test
    void fingerprint_dependsOnSaltRulePathAndSecret() {
        Baseline one = fast();
        byte[] salt = new byte[16];
        salt[15] = 1;

        String print = one.fingerprint("r", "p", "s");

        assertEquals(print, fast().fingerprint("r", "p", "s"));
        assertEquals(32, print.length());
        assertNotEquals(print, new Baseline(salt, 1_000, List.of()).fingerprint("r", "p", "s"));
        assertNotEquals(print, new Baseline(new byte[16], 1_001, List.of()).fingerprint("r", "p", "s"));
        assertNotEquals(print, one.fingerprint("r", "q", "s"));
        assertNotEquals(print, one.fingerprint("q", "p", "s"));
        assertNotEquals(print, one.fingerprint("rp", "", "s"));
        assertNotEquals(print, one.fingerprint("r", "p", "t"));
    }

    @Test
    void create_eachBaseline_hasASaltOfItsOwnAndManyRounds() {
        Baseline one = Baseline.create(new SecureRandom());
        Baseline two = Baseline.create(new SecureRandom());

        assertNotEquals(HexFormat.of().formatHex(one.salt()), HexFormat.of().formatHex(two.salt()));
        assertTrue(one.rounds() >= 100_000);
        assertEquals("Baseline[0]", one.toString());
    }

    @ParameterizedTest
    @CsvSource({"999,false", "1000,true", "10000000,true", "10000001,false", "-1,false"})
    void read_rounds_areBounded(int rounds, boolean accepted) throws IOException {
        new Baseline(new byte[16], rounds, List.of()).write(file);

        if (accepted) {
            assertEquals(rounds, Baseline.read(file).orElseThrow().rounds());
        } else {
            assertThrows(SecretsConfigurationException.class, () -> Baseline.read(file));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"format\":\"hardening-baseline/2\"}",
                "{\"format\":\"hardening-baseline/1\",\"salt\":\"00\",\"rounds\":1000,\"secrets\":[]}",
                "{\"format\":\"hardening-baseline/1\",\"salt\":\"00000000000000000000000000000000\",\"rounds\":\"x\"}",
                "{\"format\":\"hardening-baseline/1\",\"format\":\"hardening-baseline/1\"}",
                "{\"secrets\":{}}",
                "{\"secrets\":[1]}",
                "{\"secrets\":[{\"path\":\"a\",\"rule\":\"r\",\"fingerprint\":\"plain\"}]}",
                "{\"secrets\":[{\"path\":\"a\"}]}",
                "{\"salt\":{}}",
                "{} {}"
            })
    void read_whatIsNoBaseline_isRefused(String text) throws IOException {
        Files.writeString(file, text);

        assertThrows(SecretsConfigurationException.class, () -> Baseline.read(file));
    }

    @Test
    void readAndWrite_folder_isUnavailable() {
        assertThrows(SecretsUnavailableException.class, () -> Baseline.read(tree));
        assertThrows(SecretsUnavailableException.class, () -> fast().write(folder.resolve("no/such/file")));
    }
}
