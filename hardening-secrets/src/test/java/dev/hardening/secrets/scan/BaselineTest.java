package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
    void accept_scanWithoutThisBaseline_isRefused() {
        Baseline baseline = Baseline.create(new SecureRandom());
        Baseline slower = new Baseline(new byte[16], 1_001, List.of());

        ScanReport without = RepositoryScanner.builder().build().scan(tree);
        ScanReport other = scan(fast());

        assertThrows(IllegalArgumentException.class, () -> baseline.accept(without));
        assertThrows(IllegalArgumentException.class, () -> baseline.accept(other));
        assertThrows(IllegalArgumentException.class, () -> slower.accept(other));
        assertEquals(2, accepted().accept(other).entries().size());
    }

    /** Of what a scan could not read nothing is known, so nothing of it is forgotten. */
    @ParameterizedTest
    @ValueSource(strings = {"large", "binary", "link", "linked folder", "skipped", "excluded", "folder"})
    void accept_fileThatWasNotRead_isKept(String kind) throws IOException {
        Files.createDirectory(tree.resolve("d"));
        Files.move(tree.resolve("a"), tree.resolve("d/a"));
        RepositoryScanner.Builder builder = RepositoryScanner.builder();
        Baseline baseline = accepted();
        switch (kind) {
            case "large" -> builder.largestFile(3);
            case "binary" -> Files.writeString(tree.resolve("d/a"), "\0\0\0x");
            case "excluded" -> builder.exclude("d");
            case "skipped" -> {
                Files.move(tree.resolve("d"), tree.resolve("target"));
                baseline = fast().accept(scanFile("target/a"));
            }
            default -> {
                Files.move(tree.resolve("d"), folder.resolve("d"));
                if (kind.equals("linked folder")) {
                    Files.createSymbolicLink(tree.resolve("d"), folder.resolve("d"));
                } else {
                    Files.createDirectory(tree.resolve("d"));
                    Files.createSymbolicLink(tree.resolve("d/a"), folder.resolve("d/a"));
                }
            }
        }
        assertEquals(2, baseline.entries().size());

        ScanReport report = kind.equals("folder")
                ? builder.baseline(baseline).build().scanFiles(tree, List.of(Path.of("d")))
                : builder.baseline(baseline).build().scan(tree);

        assertEquals(List.of(), report.stale());
        assertEquals(2, baseline.accept(report).entries().size());
    }

    private ScanReport scanFile(String path) {
        return RepositoryScanner.builder().baseline(fast()).build().scanFiles(tree, List.of(Path.of(path)));
    }

    private ScanReport scan(Baseline baseline, int most) {
        return RepositoryScanner.builder()
                .baseline(baseline)
                .mostFindings(most)
                .build()
                .scan(tree);
    }

    /** Three files of five secrets each, one of which stands there twice. */
    private void manySecrets() throws IOException {
        Files.delete(tree.resolve("a"));
        Samples samples = new Samples(SeededRandom.of("BaselineTest.many"));
        for (String name : List.of("x", "y", "z")) {
            StringBuilder text = new StringBuilder();
            for (int at = 0; at < 5; at++) {
                text.append("T=").append(TOKEN, 0, 10).append(samples.mixed(30)).append('\n');
            }
            Files.writeString(tree.resolve(name), text + text.substring(0, text.indexOf("\n") + 1));
        }
    }

    @Test
    void scan_knownSecretsPastTheMost_leaveRoomForNewOnes() throws IOException {
        manySecrets();
        Baseline baseline = fast().accept(scan(fast(), 18));
        assertEquals(15, baseline.entries().size());
        assertTrue(scan(baseline, 1).passed());

        Files.writeString(tree.resolve("a"), TOKEN + "\n");
        assertEquals(1, scan(baseline, 1).findings().size());
        assertTrue(scan(baseline, 1).complete());
        assertEquals(18, scan(baseline, 1).known().size());

        Files.writeString(tree.resolve("b"), TOKEN + "\n");
        assertEquals(1, scan(baseline, 1).findings().size());
        assertEquals(
                List.of(new ScanReport.Unscanned("b", ScanReport.Reason.TOO_MANY_FINDINGS)),
                scan(baseline, 1).unscanned());
        assertEquals(18, scan(baseline, 1).known().size());
    }

    @Test
    void accept_againAndAgain_takesAllInTheEnd() throws IOException {
        manySecrets();
        Baseline baseline = fast();
        for (int round = 1; round <= 3; round++) {
            assertFalse(scan(baseline, 5).complete(), "round " + round);
            baseline = baseline.accept(scan(baseline, 5));
        }

        assertEquals(15, baseline.entries().size());
        assertTrue(scan(baseline, 5).passed());
    }

    @Test
    void scan_newSecretInAFileOfKnownOnes_isTooManyAlone() throws IOException {
        manySecrets();
        Baseline baseline = fast().accept(scan(fast(), 18));
        Path file = tree.resolve("x");
        Files.writeString(file, TOKEN + "\n" + Files.readString(file) + TOKEN + "\n");

        ScanReport report = scan(baseline, 1);

        assertEquals(
                List.of(1L),
                report.findings().stream().map(ScanReport.Finding::line).toList());
        assertEquals(
                List.of("x"),
                report.unscanned().stream().map(ScanReport.Unscanned::path).toList());
        assertEquals(18, report.known().size());
        assertEquals(List.of(), report.stale());
    }

    /** The same first 8 KiB, then one byte that differs. */
    @Test
    void scan_otherStoreOfKeysWithTheSameHead_isNew() throws IOException {
        Files.delete(tree.resolve("a"));
        byte[] store = new byte[300_000];
        Arrays.fill(store, 0, 4, (byte) 0xce);
        Files.write(tree.resolve("keys"), store);
        Baseline baseline = accepted();
        assertTrue(scan(baseline).passed());

        store[store.length - 1] = 1;
        Files.write(tree.resolve("keys"), store);

        assertEquals(
                List.of("keys"),
                scan(baseline).findings().stream().map(ScanReport.Finding::path).toList());
        assertEquals(1, scan(baseline).stale().size());
    }

    @Test
    void accept_fileThatIsGone_isForgotten() throws IOException {
        Baseline baseline = accepted();
        Files.delete(tree.resolve("a"));

        assertEquals(2, scan(baseline).stale().size());
        assertEquals(0, baseline.accept(scan(baseline)).entries().size());
    }

    @Test
    void write_linkInItsPlaceOrBesideIt_isNotFollowed() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "keep");
        Files.createSymbolicLink(folder.resolve(".baseline.json.new"), victim);

        fast().write(file);
        assertEquals("keep", Files.readString(victim));
        assertTrue(Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));

        Path link = Files.createSymbolicLink(folder.resolve("link.json"), victim);
        assertThrows(SecretsUnavailableException.class, () -> fast().write(link));
        assertEquals("keep", Files.readString(victim));
    }

    @Test
    void write_again_keepsTheMode() throws IOException {
        fast().write(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw----"));

        fast().write(file);

        assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void write_baseline_isReadBackAndStable() throws IOException {
        Baseline fresh = Baseline.create(new SecureRandom());
        Baseline baseline = fresh.accept(scan(fresh));
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
    @CsvSource({"1000,false", "99999,false", "100000,true", "1000000,true", "1000001,false", "-1,false"})
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
                "{\"format\":\"hardening-baseline/1\",\"salt\":\"00000000000000000000000000000000\",\"rounds\":100000,"
                        + "\"secrets\":[{\"path\":\"a\\u0000b\",\"rule\":\"r\","
                        + "\"fingerprint\":\"00000000000000000000000000000000\"}]}",
                "{\"salt\":{}}",
                "{} {}"
            })
    void read_whatIsNoBaseline_isRefused(String text) throws IOException {
        Files.writeString(file, text);

        assertThrows(SecretsConfigurationException.class, () -> Baseline.read(file));
    }

    /** Opening a pipe would wait for whoever writes into it. */
    @Test
    @Timeout(20)
    void read_pipeOrLinkOrTooLarge_isUnavailable() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0,
                "SKIPPED: this system makes no pipes");
        fast().write(file);
        Path link = Files.createSymbolicLink(folder.resolve("link.json"), file);
        Path large = folder.resolve("large.json");
        try (RandomAccessFile sparse = new RandomAccessFile(large.toFile(), "rw")) {
            sparse.setLength(Baseline.LARGEST_FILE + 1L);
        }

        for (Path each : List.of(pipe, link, large)) {
            assertThrows(SecretsUnavailableException.class, () -> Baseline.read(each), each.toString());
        }
    }

    @Test
    void readAndWrite_folder_isUnavailable() {
        assertThrows(SecretsUnavailableException.class, () -> Baseline.read(tree));
        assertThrows(SecretsUnavailableException.class, () -> fast().write(folder.resolve("no/such/file")));
    }
}
