package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.scan.ScanReport.Finding;
import dev.hardening.secrets.scan.ScanReport.Reason;
import dev.hardening.secrets.scan.ScanReport.Unscanned;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("secrets:A14")
class RepositoryScannerTest {
    private static final String TOKEN = "gh" + "p_" + "aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY8eU3";

    @TempDir
    Path root;

    private Path file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static List<String> paths(ScanReport report) {
        return report.findings().stream().map(Finding::path).toList();
    }

    private ScanReport scan() {
        return RepositoryScanner.builder().build().scan(root);
    }

    @Test
    void scan_tree_isReadInOrderWithoutGitAndBuildFolders() throws IOException {
        for (String path :
                List.of("z/b.txt", "a.env", ".git/config", "m/target/x", "node_modules/y", ".env", "m/ä b:c.txt")) {
            file(path, "x\nT=" + TOKEN + "\n");
        }

        ScanReport report = scan();

        assertEquals(List.of(".env", "a.env", "m/ä b:c.txt", "z/b.txt"), paths(report));
        assertEquals(
                "2:3",
                report.findings().get(0).line() + ":" + report.findings().get(0).column());
        assertFalse(report.clean());
        assertTrue(report.complete());
    }

    @Test
    void scan_rootNamedTarget_isScanned() throws IOException {
        file("target/a", TOKEN);

        assertEquals(List.of("a"), paths(RepositoryScanner.builder().build().scan(root.resolve("target"))));
    }

    @Test
    void scan_linksAndLoops_areCountedAndNotFollowed() throws IOException {
        file("a/x", "nothing\n");
        Path outside = Files.createTempDirectory("outside");
        Files.writeString(outside.resolve("secret"), TOKEN);
        Files.createSymbolicLink(root.resolve("a/loop"), root);
        Files.createSymbolicLink(root.resolve("a/out"), outside);
        Files.createSymbolicLink(root.resolve("a/file"), outside.resolve("secret"));
        Files.createSymbolicLink(root.resolve("a/nowhere"), root.resolve("absent"));

        ScanReport report = scan();

        assertTrue(report.clean() && report.complete());
        assertEquals("1 4", report.counts().files() + " " + report.counts().links());
    }

    @Test
    void scan_binaryAndArchive_areSetAsideAndThoseNamedAsTextListed() throws IOException {
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("secret"));
            out.write(TOKEN.getBytes(StandardCharsets.US_ASCII));
        }
        Files.write(root.resolve("x.zip"), zip.toByteArray());
        Files.write(root.resolve("y.bin"), ("\0" + TOKEN).getBytes(StandardCharsets.US_ASCII));
        file("m/.env.local", "A=1\n" + "\0".repeat(9) + TOKEN);

        ScanReport report = scan();

        assertEquals(3, report.counts().binaries());
        assertEquals(List.of(new Unscanned("m/.env.local", Reason.BINARY)), report.unscanned());
        assertTrue(report.clean());
        assertFalse(report.passed());
    }

    @ParameterizedTest
    @CsvSource({"UTF-16LE,true", "UTF-16LE,false", "UTF-16BE,true", "UTF-16BE,false", "UTF-32LE,true", "UTF-32BE,true"})
    void scan_wideText_isScannedLikeAnyOther(String charset, boolean mark) throws IOException {
        String text = "A=\uD83D\uDE00 \u00e4\n".repeat(5_000) + "\u00e4\u00f6 T=" + TOKEN + "\n";
        Files.write(root.resolve(".env"), ((mark ? "\ufeff" : "") + text).getBytes(Charset.forName(charset)));

        ScanReport report = scan();

        assertEquals(List.of(".env"), paths(report));
        assertEquals(
                "5001:6",
                report.findings().get(0).line() + ":" + report.findings().get(0).column());
        assertTrue(report.complete());
    }

    @Test
    void scan_rootThatIsALink_isScanned() throws IOException {
        file("tree/a", TOKEN);
        Path link = Files.createSymbolicLink(root.resolve("link"), root.resolve("tree"));
        RepositoryScanner scanner = RepositoryScanner.builder().build();

        assertEquals(List.of("a"), paths(scanner.scan(link)));
        assertEquals(List.of("a"), paths(scanner.scanFiles(link, List.of(link.resolve("a")))));
    }

    @Test
    void scanFiles_folderOrLink_isListed() throws IOException {
        file("tree/a", TOKEN);
        Files.createSymbolicLink(root.resolve("link"), root.resolve("tree/a"));

        ScanReport report =
                RepositoryScanner.builder().build().scanFiles(root, List.of(Path.of("tree"), Path.of("link")));

        assertFalse(report.passed());
        assertEquals(
                List.of(new Unscanned("link", Reason.NOT_REGULAR), new Unscanned("tree", Reason.NOT_REGULAR)),
                report.unscanned());
    }

    @Test
    void scanFiles_globs_chooseAmongTheNamed() throws IOException {
        file("a.env", TOKEN);
        file("b/a.env", TOKEN);
        file("c.txt", TOKEN);
        List<Path> all = List.of(Path.of("a.env"), Path.of("b/a.env"), Path.of("c.txt"));

        assertEquals(
                List.of("a.env"),
                paths(RepositoryScanner.builder()
                        .include("**.env", "b/**")
                        .exclude("b")
                        .build()
                        .scanFiles(root, all)));
    }

    @Test
    void scan_moreSecretsThanWanted_listsFilesWithTheRest() throws IOException {
        file("a", (TOKEN + "\n").repeat(2));
        file("b", (TOKEN + "\n").repeat(2));
        file("c", "nothing\n");
        Files.write(root.resolve("d"), new byte[] {(byte) 0xfe, (byte) 0xed, (byte) 0xfe, (byte) 0xed});

        ScanReport report = RepositoryScanner.builder().mostFindings(3).build().scan(root);

        assertEquals(3, report.findings().size());
        assertEquals(2, report.unscanned().size());
        assertTrue(report.unscanned().stream().allMatch(file -> file.reason() == Reason.TOO_MANY_FINDINGS));
        assertThrows(
                SecretsConfigurationException.class,
                () -> RepositoryScanner.builder().mostFindings(0).build());
    }

    @Test
    void scan_deepTree_needsNoDeepStack() throws Exception {
        String deep = "d/".repeat(500);
        file(deep + "a", TOKEN);
        AtomicReference<List<String>> found = new AtomicReference<>(List.of());
        Thread small = new Thread(null, () -> found.set(paths(scan())), "small stack", 160 << 10);

        small.start();
        small.join();

        assertEquals(List.of(deep + "a"), found.get());
    }

    @Test
    void scan_moreThanAThousandInOneFile_areListedIfWanted() throws IOException {
        file("a", (TOKEN + "\n").repeat(1_500));

        ScanReport wanted =
                RepositoryScanner.builder().mostFindings(1_500).build().scan(root);

        assertEquals(1_500, wanted.findings().size());
        assertTrue(wanted.complete());
        assertFalse(scan().complete());
    }

    /** A folder of a file system has an order of its own; what falls out must not depend on it. */
    @Test
    void scan_moreSecretsThanWanted_listsTheFirstByName() throws IOException {
        List<String> names = new ArrayList<>();
        for (int at = 100; at < 140; at++) {
            names.add((at % 4 == 0 ? "d/" : "") + "file" + at);
        }
        Collections.shuffle(names, SeededRandom.of("RepositoryScannerTest.order"));
        for (String name : names) {
            file(name, TOKEN);
        }

        ScanReport report = RepositoryScanner.builder().mostFindings(12).build().scan(root);

        List<String> inOrder = names.stream().sorted().toList();
        assertEquals(inOrder.subList(0, 12), paths(report));
        assertEquals(
                inOrder.subList(12, 40),
                report.unscanned().stream().map(Unscanned::path).toList());
    }

    @Test
    void scan_nulBehindTheHead_isScannedAsText() throws IOException {
        file("a", "x".repeat(8192) + "\0\n" + TOKEN);

        assertEquals(List.of("a"), paths(scan()));
    }

    @Test
    void scan_sizeAtTheLimit_isScannedAndOneMoreIsListed() throws IOException {
        file("a", TOKEN);
        file("b", TOKEN + "\n");

        ScanReport report =
                RepositoryScanner.builder().largestFile(TOKEN.length()).build().scan(root);

        assertEquals(List.of("a"), paths(report));
        assertEquals(List.of(new Unscanned("b", Reason.TOO_LARGE)), report.unscanned());
        assertFalse(report.complete());
    }

    @Test
    void scan_unreadable_isListedAndTheRestScanned() throws IOException {
        Path closed = file("a", TOKEN);
        Path folder = file("b/c", TOKEN).getParent();
        file("d", TOKEN);
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("---------"));
        boolean everythingReadable = Files.isReadable(closed);

        ScanReport report = scan();
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));

        assumeFalse(everythingReadable, "SKIPPED: this user reads every file, so none is unreadable");
        assertEquals(List.of("d"), paths(report));
        assertEquals(
                List.of(new Unscanned("a", Reason.UNREADABLE), new Unscanned("b", Reason.UNREADABLE)),
                report.unscanned());
    }

    @Test
    void scanFiles_someFiles_areScannedAndAbsentOnesListed() throws IOException {
        file("a/b", TOKEN);
        file("c", TOKEN);

        ScanReport report =
                RepositoryScanner.builder().build().scanFiles(root, List.of(Path.of("a/b"), Path.of("absent")));

        assertEquals(List.of("a/b"), paths(report));
        assertEquals(List.of(new Unscanned("absent", Reason.UNREADABLE)), report.unscanned());
    }

    @Test
    void scanFiles_fileOutside_isRefused() {
        RepositoryScanner scanner = RepositoryScanner.builder().build();

        assertThrows(SecretsConfigurationException.class, () -> scanner.scanFiles(root, List.of(Path.of("../other"))));
        assertThrows(SecretsConfigurationException.class, () -> scanner.scan(root.resolve("absent")));
    }

    @Test
    void builder_globs_chooseFiles() throws IOException {
        file("a.env", TOKEN);
        file("b/a.env", TOKEN);
        file("b/c.txt", TOKEN);

        assertEquals(
                List.of("a.env"),
                paths(RepositoryScanner.builder().include("*.env").build().scan(root)));
        assertEquals(
                List.of("a.env"),
                paths(RepositoryScanner.builder().exclude("b").build().scan(root)));
        assertEquals(
                List.of("b/c.txt"),
                paths(RepositoryScanner.builder()
                        .include("b/**")
                        .exclude("**/*.env")
                        .build()
                        .scan(root)));
    }

    @Test
    void build_faults_areReportedTogether() {
        RepositoryScanner.Builder builder =
                RepositoryScanner.builder().largestFile(0).include("[").exclude("{");

        assertEquals(
                3,
                assertThrows(SecretsConfigurationException.class, builder::build)
                        .faults()
                        .size());
    }

    @Test
    void progress_listener_hearsOfEachFileAndMayFail() throws IOException {
        file("a", "12");
        file("b", "345");
        List<String> heard = new ArrayList<>();

        RepositoryScanner.builder()
                .progress((files, bytes) -> heard.add(files + " " + bytes))
                .build()
                .scan(root);
        ScanReport failing = RepositoryScanner.builder()
                .progress((files, bytes) -> {
                    throw new IllegalStateException("listener");
                })
                .build()
                .scan(root);

        assertEquals(2, heard.size());
        assertEquals("2 5", heard.get(1));
        assertEquals(2, failing.counts().files());
    }

    @Test
    void scan_keyStore_isFoundByItsFirstBytes() throws IOException {
        Files.write(root.resolve("renamed.bin"), new byte[] {(byte) 0xfe, (byte) 0xed, (byte) 0xfe, (byte) 0xed, 0, 0});
        Files.write(root.resolve("a.p12"), new byte[] {0x30, (byte) 0x82, 1, 0, 2, 1, 3});
        Files.write(root.resolve("b.crt"), new byte[] {0x30, (byte) 0x82, 1, 0, 2, 1, 3});
        Files.write(root.resolve("c.bks"), new byte[] {0, 0, 0, 2, 0, 0, 0, 20, 1, 2, 3, 4});
        file("c.p12", "no key store\n");

        assertEquals(List.of("a.p12", "c.bks", "renamed.bin"), paths(scan()));
    }

    @Test
    void scan_keysInDer_areFoundUnderAnyName() throws Exception {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(2048);
        for (String curve : List.of("secp256r1", "secp521r1")) {
            KeyPairGenerator elliptic = KeyPairGenerator.getInstance("EC");
            elliptic.initialize(new ECGenParameterSpec(curve));
            KeyPair pair = elliptic.generateKeyPair();
            Files.write(root.resolve("key-" + curve), pair.getPrivate().getEncoded());
            Files.write(root.resolve("public-" + curve), pair.getPublic().getEncoded());
        }
        KeyPair pair = rsa.generateKeyPair();
        byte[] key = pair.getPrivate().getEncoded();
        Files.write(root.resolve("key-rsa"), key);
        Files.write(root.resolve("key-rsa-1"), Arrays.copyOfRange(key, 26, key.length));
        Files.write(root.resolve("public-rsa"), pair.getPublic().getEncoded());
        byte[] edwards = KeyPairGenerator.getInstance("Ed25519")
                .generateKeyPair()
                .getPrivate()
                .getEncoded();
        Files.write(root.resolve("key-ed25519"), edwards);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setEntry(
                "a",
                new KeyStore.SecretKeyEntry(new SecretKeySpec(new byte[16], "AES")),
                new KeyStore.PasswordProtection("p".toCharArray()));
        try (OutputStream out = Files.newOutputStream(root.resolve("key-store"))) {
            store.store(out, "p".toCharArray());
        }

        assertEquals(
                List.of("key-ed25519", "key-rsa", "key-rsa-1", "key-secp256r1", "key-secp521r1", "key-store"),
                paths(scan()));
    }
}
