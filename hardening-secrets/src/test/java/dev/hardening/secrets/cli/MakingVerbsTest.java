package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.PrivateFile;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code keygen} and {@code passphrase}. */
class MakingVerbsTest {
    private static final String PASSPHRASE = "obtuse-meadow-trumpet-violin";

    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ec-p256", "ec-p384"})
    void keygen_kind_isWrittenInTwoHalves(String kind) throws Exception {
        Cli.Said said = new Cli(home).run("keygen", "--kind", kind, "--name", "signing");

        assertEquals(0, said.exit(), said.all());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("signing.jwk"))));
        String shared = Files.readString(home.resolve("signing.pub.jwks"));
        assertTrue(shared.contains("\"keys\""), shared);
        assertFalse(shared.contains("\"d\""), shared);
    }

    @Test
    void keygen_fileThatExists_isKept() throws Exception {
        new Cli(home).run("keygen", "--format", "pem");
        String before = Files.readString(home.resolve("key.pem"));

        Cli.Said said = new Cli(home).run("keygen", "--format", "pem");

        assertEquals(1, said.exit());
        assertEquals(before, Files.readString(home.resolve("key.pem")));
    }

    @ParameterizedTest
    @CsvSource({"pem,key.pem,key.pub.pem", "jwk,key.jwk,key.pub.jwks"})
    void keygen_publicHalfWhosePrivateOneIsElsewhere_isKept(String format, String privateHalf, String publicHalf)
            throws Exception {
        new Cli(home).run("keygen", "--format", format);
        Files.delete(home.resolve(privateHalf));
        String before = Files.readString(home.resolve(publicHalf));

        for (String option : List.of("--dry-run", "--json")) {
            Cli.Said said = new Cli(home).run("keygen", "--format", format, option);

            assertEquals(1, said.exit(), said.all());
            assertEquals(before, Files.readString(home.resolve(publicHalf)));
            assertFalse(Files.exists(home.resolve(privateHalf)));
        }
        Cli.Said said = new Cli(home).run("keygen", "--format", format);
        assertTrue(said.out().contains(home.resolve(publicHalf) + " kept, it exists already"), said.out());
    }

    @Test
    void keygen_pkcs12_opensWithThePassphraseOfAVariable() throws Exception {
        Cli.Said said = new Cli(home)
                .environment(Map.of("PASS", PASSPHRASE))
                .run("keygen", "--format", "p12", "--passphrase-env", "PASS");

        assertEquals(0, said.exit(), said.all());
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(home.resolve("key.p12"))) {
            store.load(in, PASSPHRASE.toCharArray());
        }
        assertTrue(store.isKeyEntry("key"));
    }

    @Test
    void keygen_pkcs12_asksOnATerminal() {
        Cli.Said said = new Cli(home).typing(PASSPHRASE).run("keygen", "--format", "p12", "--passphrase-ask");

        assertEquals(0, said.exit(), said.all());
        assertTrue(Files.exists(home.resolve("key.p12")));
    }

    @Test
    @Tag("secrets:W5")
    void keygen_passphraseThatIsTypedTwoWays_makesNoFile() {
        Cli cli = new Cli(home).typing(PASSPHRASE, PASSPHRASE + "s");

        Cli.Said said = cli.run("keygen", "--format", "p12", "--passphrase-ask");

        assertEquals(2, said.exit(), said.all());
        assertEquals(2, cli.questions.size());
        assertFalse(said.all().contains("obtuse"), said.all());
        assertFalse(Files.exists(home.resolve("key.p12")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--passphrase-env=obtusemeadowtrumpetviolin", "--passphrase-ask", "--print", "--dry-run"})
    @Tag("secrets:W5")
    void keygen_pkcs12WithoutAPassphrase_isUsage(String option) {
        Cli.Said said = new Cli(home).run("keygen", "--format", "p12", option);

        assertEquals(2, said.exit());
        assertFalse(said.all().contains("obtuse"), said.all());
        assertFalse(Files.exists(home.resolve("key.p12")));
    }

    @Test
    void keygen_print_showsTheKeyAndWritesNothing() {
        Cli.Said said = new Cli(home).run("keygen", "--format", "pem", "--print");

        assertEquals(0, said.exit(), said.all());
        assertTrue(said.out().contains("BEGIN PRIVATE KEY"));
        assertFalse(Files.exists(home.resolve("key.pem")));
    }

    @Test
    void keygen_dryRun_namesTheFiles() {
        Cli.Said said = new Cli(home).run("keygen", "--dry-run");

        assertEquals(0, said.exit(), said.all());
        assertTrue(said.out().contains("would write " + home.resolve("key.pub.jwks")), said.out());
        assertFalse(Files.exists(home.resolve("key.jwk")));
    }

    @ParameterizedTest
    @CsvSource({
        "0,jwk,.,PASS",
        "1,pem,.,PASS",
        "1,p12,taken,PASS",
        "0,p12,.,PASS",
        "2,p12,.,WEAK",
        "2,p12,.,UNSET",
        "1,jwk,open,PASS"
    })
    void keygen_dryRun_findsWhatTheRunWouldFind(int exit, String format, String folder, String variable)
            throws Exception {
        Files.createDirectory(home.resolve("taken"));
        PrivateFile.at(home.resolve("taken/key.p12")).replace(new byte[] {1});
        PrivateFile.at(home.resolve("key.pem")).replace(new byte[] {1});
        Files.createDirectory(home.resolve("open"));
        Files.setPosixFilePermissions(home.resolve("open"), PosixFilePermissions.fromString("rwxrwxrwx"));
        String[] words = {"keygen", "--format", format, "--folder", folder, "--passphrase-env", variable};
        Cli cli = new Cli(home).environment(Map.of("PASS", PASSPHRASE, "WEAK", "short"));
        List<String> before = files();

        Cli.Said dry =
                cli.run(Stream.concat(Stream.of(words), Stream.of("--dry-run")).toArray(String[]::new));

        assertEquals(exit, dry.exit(), dry.all());
        assertEquals(before, files());
        assertEquals(exit, cli.run(words).exit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jwk", "pem", "p12"})
    void keygen_dryRunIntoNoFolder_endsAsTheRun(String format) throws Exception {
        String[] words = {"keygen", "--format", format, "--folder", "none", "--passphrase-env", "PASS"};
        Cli cli = new Cli(home).environment(Map.of("PASS", PASSPHRASE));

        Cli.Said dry =
                cli.run(Stream.concat(Stream.of(words), Stream.of("--dry-run")).toArray(String[]::new));

        assertNotEquals(0, dry.exit(), dry.all());
        assertEquals(cli.run(words).exit(), dry.exit());
        assertFalse(Files.exists(home.resolve("none")));
    }

    private List<String> files() throws Exception {
        try (Stream<Path> files = Files.walk(home)) {
            return files.map(Path::toString)
                    .filter(file -> !file.endsWith(".lock"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void keygen_dryRunOfPrint_showsNoKey() {
        Cli.Said said = new Cli(home).run("keygen", "--format", "pem", "--print", "--dry-run");

        assertEquals(0, said.exit(), said.all());
        assertFalse(said.all().contains("PRIVATE"), said.all());
        assertFalse(said.all().contains("would write " + home), said.all());
    }

    @Test
    void keygen_unknownKind_listsTheKinds() {
        Cli.Said said = new Cli(home).run("keygen", "--kind", "rsa-1024");

        assertEquals(2, said.exit());
        assertTrue(said.err().contains("ec-p256"), said.err());
    }

    @Test
    @Tag("secrets:W5")
    void passphrase_intoAFile_isNotShown() throws Exception {
        Cli.Said said = new Cli(home).run("passphrase", "--out", "backup.pass");

        assertEquals(0, said.exit(), said.all());
        String phrase = Files.readString(home.resolve("backup.pass")).strip();
        assertEquals(11, phrase.split("-").length);
        assertFalse(said.all().contains(phrase.substring(0, 8)), said.all());
        assertTrue(said.out().contains("128.7 bits strong"), said.out());
    }

    @Test
    void passphrase_fileThatExists_isKept() throws Exception {
        new Cli(home).run("passphrase", "--out", "backup.pass");
        String before = Files.readString(home.resolve("backup.pass"));

        Cli.Said said = new Cli(home).run("passphrase", "--out", "backup.pass", "--print");

        assertEquals(1, said.exit());
        assertEquals(before, Files.readString(home.resolve("backup.pass")));
        assertEquals(2, said.out().lines().count(), said.out());
    }

    @Test
    void passphrase_print_isShown() {
        Cli.Said said = new Cli(home).run("passphrase", "--print", "--bits", "256");

        assertEquals(0, said.exit(), said.all());
        assertEquals(22, said.out().lines().skip(1).findFirst().orElseThrow().split("-").length);
    }

    @Test
    void passphrase_nowhereToGo_isUsage() {
        assertEquals(2, new Cli(home).run("passphrase").exit());
    }

    @Test
    void passphrase_weak_isUsage() {
        assertEquals(
                2, new Cli(home).run("passphrase", "--print", "--bits", "127").exit());
    }

    @Test
    void passphrase_dryRun_writesNothing() {
        Cli.Said said = new Cli(home).run("passphrase", "--out", "backup.pass", "--dry-run");

        assertEquals(0, said.exit(), said.all());
        assertFalse(Files.exists(home.resolve("backup.pass")));
    }
}
