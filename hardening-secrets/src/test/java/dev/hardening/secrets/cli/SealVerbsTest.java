package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.testing.SeededRandom;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** {@code seal} and {@code open}. */
class SealVerbsTest {
    @TempDir
    Path home;

    private Path plain;

    @BeforeEach
    void makeARing() throws Exception {
        Files.createDirectory(home.resolve("rings"));
        new Cli(home).run("init");
        assertEquals(0, run("ring", "create", "--ring", "sealing").exit());
        byte[] content = new byte[70_000];
        SeededRandom.of("SealVerbsTest").nextBytes(content);
        plain = Files.write(home.resolve("backup.tar"), content);
    }

    private Cli.Said run(String... words) {
        return run(new Cli(home), words);
    }

    private static Cli.Said run(Cli cli, String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--folder", "rings", "--key-env", "ENCRYPTION_KEY", "--env-file", ".env.production"));
        return cli.run(all.toArray(String[]::new));
    }

    private List<String> files() throws Exception {
        try (Stream<Path> files = Files.list(home)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void seal_thenOpen_givesTheSameBytes() throws Exception {
        assertEquals(0, run("seal", "backup.tar", "--context", "backup").exit());

        Cli.Said said = run("open", "backup.tar.sealed", "again.tar", "--context", "backup");

        assertEquals(0, said.exit(), said.all());
        assertArrayEquals(Files.readAllBytes(plain), Files.readAllBytes(home.resolve("again.tar")));
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("again.tar"))));
    }

    @Test
    @Tag("secrets:E3")
    @Tag("secrets:A6")
    void open_damagedOrCutFile_leavesNothing() throws Exception {
        run("seal", "backup.tar");
        byte[] sealed = Files.readAllBytes(home.resolve("backup.tar.sealed"));
        for (int kept : new int[] {sealed.length - 1, 40_000, 0}) {
            Files.write(home.resolve("damaged.sealed"), Arrays.copyOf(sealed, kept));
            List<String> before = files();

            Cli.Said said = run("open", "damaged.sealed");

            assertEquals(1, said.exit(), said.all());
            assertEquals(before, files());
        }
    }

    @Test
    @Tag("secrets:E3")
    void open_otherContext_isRefused() {
        run("seal", "backup.tar", "--context", "backup", "--context", "2026");

        Cli.Said said = run("open", "backup.tar.sealed", "again.tar", "--context", "backup");

        assertEquals(1, said.exit());
        assertTrue(said.out().contains("is refused"), said.out());
        assertFalse(Files.exists(home.resolve("again.tar")));
    }

    @Test
    @Tag("secrets:E4")
    void open_keyOfAnotherRing_isNamed() throws Exception {
        run("seal", "backup.tar");
        byte[] sealed = Files.readAllBytes(home.resolve("backup.tar.sealed"));
        sealed[5] ^= 1;
        Files.write(home.resolve("other.sealed"), sealed);

        Cli.Said said = run("open", "other.sealed");

        assertEquals(1, said.exit());
        assertTrue(said.out().contains("the ring has no key "), said.out());
    }

    @Test
    void seal_targetThatExists_isKeptUnlessForced() throws Exception {
        Files.writeString(home.resolve("backup.tar.sealed"), "mine");

        assertEquals(1, run("seal", "backup.tar").exit());
        assertEquals("mine", Files.readString(home.resolve("backup.tar.sealed")));
        assertEquals(0, run("seal", "backup.tar", "--force").exit());
        assertTrue(Files.size(home.resolve("backup.tar.sealed")) > 70_000);
    }

    @Test
    void target_thatComesMeanwhile_isKept() throws Exception {
        CommandSpec spec = CommandSpec.create();
        SealedPlace.describe(spec, "source", "target");
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        FileTarget target = new FileTarget(
                home.resolve("late"),
                new CommandLine(spec).parseArgs("source"),
                new Cli(home).surroundings(nowhere, nowhere));
        List<String> before = files();

        IllegalStateException refused = assertThrows(
                IllegalStateException.class,
                () -> target.fill(out -> {
                    out.write('x');
                    Files.writeString(home.resolve("late"), "theirs");
                    return true;
                }));

        assertTrue(refused.getMessage().contains("exists"));
        assertEquals("theirs", Files.readString(home.resolve("late")));
        Files.delete(home.resolve("late"));
        assertEquals(before, files());
    }

    @Test
    void seal_targetOfTheLongestName_isSealed() throws Exception {
        String name = "x".repeat(255);

        Cli.Said said = run("seal", "backup.tar", name);

        assertEquals(0, said.exit(), said.all());
        assertEquals(0, run("open", name, "again.tar").exit());
        assertArrayEquals(Files.readAllBytes(plain), Files.readAllBytes(home.resolve("again.tar")));
    }

    @Test
    void seal_targetOfANameTooLong_saysSoBeforeTheWork() throws Exception {
        Files.copy(plain, home.resolve("x".repeat(249)));
        List<String> before = files();

        Cli.Said said = new Cli(home).run("seal", "x".repeat(249), "--folder", "rings", "--key-env", "NOT_ASKED");

        assertEquals(3, said.exit(), said.all());
        assertTrue(said.err().contains("cannot write "), said.err());
        assertEquals(before, files());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rings", "/", ""})
    void folder_asSource_isUsage(String folder) throws Exception {
        List<String> before = files();
        for (String verb : List.of("seal", "open")) {
            Cli.Said said = run(verb, folder, "target");

            assertEquals(2, said.exit(), said.all());
            assertTrue(said.err().contains(" is a folder"), said.err());
        }
        assertEquals(before, files());
    }

    @ParameterizedTest
    @ValueSource(strings = {"rings", "/", "."})
    void folder_asTarget_isUsage(String folder) throws Exception {
        List<String> before = files();
        for (String option : List.of("--force", "--dry-run")) {
            Cli.Said said = run("seal", "backup.tar", folder, option);

            assertEquals(2, said.exit(), said.all());
            assertTrue(said.err().contains(" is a folder"), said.err());
        }
        assertEquals(before, files());
    }

    @Test
    void pipe_asTarget_isNeverReplaced() throws Exception {
        assumeTrue(
                new ProcessBuilder("mkfifo", home.resolve("pipe").toString())
                                .start()
                                .waitFor()
                        == 0,
                "SKIPPED: mkfifo makes no pipe here");

        Cli.Said said = run("seal", "backup.tar", "pipe", "--force");

        assertEquals(1, said.exit(), said.all());
        assertTrue(Files.readAttributes(home.resolve("pipe"), BasicFileAttributes.class)
                .isOther());
    }

    @Test
    void seal_noSuchFile_isNoAnswer() {
        Cli.Said said = run("seal", "nothing");

        assertEquals(3, said.exit());
        assertEquals(1, said.err().lines().count(), said.err());
    }

    @Test
    void seal_dryRun_writesNothing() throws Exception {
        List<String> before = files();

        assertEquals(0, run("seal", "backup.tar", "--dry-run").exit());
        assertEquals(before, files());
        run("seal", "backup.tar");
        before = files();
        assertEquals(0, run("open", "backup.tar.sealed", "x", "--dry-run").exit());
        assertEquals(before, files());
    }

    @Test
    void seal_dryRun_findsWhatTheRunWouldFind() throws Exception {
        Files.writeString(home.resolve("taken"), "mine");

        for (String[] words : new String[][] {
            {"3", "seal", "nothing"},
            {"1", "seal", "backup.tar", "taken"},
            {"3", "seal", "backup.tar", "no-folder/backup"},
            {"1", "seal", "backup.tar", "--ring", "none"},
            {"2", "seal", "rings"},
            {"0", "seal", "backup.tar", "taken", "--force"}
        }) {
            String[] verb = Arrays.copyOfRange(words, 1, words.length);
            Cli.Said dry = run(with(new String[] {"--dry-run"}, verb));
            assertEquals(words[0], Integer.toString(dry.exit()), () -> Arrays.toString(words) + dry.all());
            assertEquals("mine", Files.readString(home.resolve("taken")));
            Cli.Said wet = run(verb);
            assertEquals(words[0], Integer.toString(wet.exit()), () -> Arrays.toString(words) + wet.all());
        }
    }

    @Test
    @Tag("secrets:E3")
    void open_dryRun_refusesWhatTheRunWouldRefuse() throws Exception {
        run("seal", "backup.tar");
        byte[] sealed = Files.readAllBytes(home.resolve("backup.tar.sealed"));
        Files.write(home.resolve("cut.sealed"), Arrays.copyOf(sealed, sealed.length - 1));
        Files.writeString(home.resolve("junk.sealed"), "no such thing");
        List<String> before = files();

        for (String[] words :
                new String[][] {{"cut.sealed"}, {"junk.sealed"}, {"backup.tar.sealed", "x", "--context", "other"}}) {
            Cli.Said said = run(with(new String[] {"--dry-run"}, with(words, "open")));

            assertEquals(1, said.exit(), said.all());
            assertTrue(said.out().contains("is refused"), said.out());
            assertFalse(said.out().contains("would open"), said.out());
        }
        assertEquals(1, run("open", "backup.tar.sealed", "--dry-run").exit(), "the target exists");
        assertEquals(before, files());
    }

    @Test
    void progress_onATerminal_isShownAndTakenAway() throws Exception {
        var err = new java.io.StringWriter();
        Cli cli = new Cli(home).watched();
        Surroundings here =
                cli.surroundings(new java.io.PrintWriter(new java.io.StringWriter()), new java.io.PrintWriter(err));
        try (Progress progress = new Progress(here)) {
            progress.bytes(1 << 20);
            cli.ticker.advance(java.time.Duration.ofMillis(199));
            progress.bytes(2 << 20);
            assertEquals("", err.toString());
            cli.ticker.advance(java.time.Duration.ofMillis(1));
            progress.bytes(3 << 20);
            assertTrue(err.toString().endsWith("3 MiB"), err.toString());
        }

        assertTrue(err.toString().endsWith("\r"));
    }

    @Test
    void progress_withoutATerminal_isSilent() {
        for (String verb : List.of("seal", "open")) {
            String source = verb.equals("seal") ? "backup.tar" : "backup.tar.sealed";
            assertEquals(
                    "", run(new Cli(home).hurried(), verb, source, "--force").err());
            Cli.Said watched = run(new Cli(home).hurried().watched(), verb, source, "--force");
            assertTrue(watched.err().contains("0 MiB"), watched::all);
        }
    }

    @Test
    void seal_ringUnderAPassphrase_opens() throws Exception {
        String[] place = {"--folder", "rings", "--ring", "typed", "--passphrase-ask"};
        Cli cli = new Cli(home).typing("obtuse meadow trumpet violin");
        assertEquals(0, cli.run(with(place, "ring", "create")).exit());

        Cli.Said sealed = cli.run(with(place, "seal", "backup.tar"));
        Cli.Said opened = cli.run(with(place, "open", "backup.tar.sealed", "again"));
        Cli.Said wrong = new Cli(home).typing("another one that is long").run(with(place, "ring", "list"));

        assertEquals(0, sealed.exit(), sealed.all());
        assertEquals(0, opened.exit(), opened.all());
        assertEquals(3, wrong.exit(), wrong.all());
        assertFalse((sealed.all() + wrong.all()).contains("obtuse"));
    }

    @Test
    void seal_ringUnderAKeyStore_opens() throws Exception {
        var store = java.security.KeyStore.getInstance("PKCS12");
        store.load(null, null);
        char[] password = "trumpet-violin".toCharArray();
        var key = new javax.crypto.spec.SecretKeySpec(new byte[32], "AES");
        store.setEntry(
                "ring",
                new java.security.KeyStore.SecretKeyEntry(key),
                new java.security.KeyStore.PasswordProtection(password));
        var bytes = new java.io.ByteArrayOutputStream();
        store.store(bytes, password);
        Path file = home.resolve("keys.p12");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, bytes.toByteArray());
        String[] place = {
            "--folder", "rings", "--ring", "stored", "--keystore", "keys.p12", "--keystore-password-env", "P"
        };
        Cli cli = new Cli(home).environment(Map.of("P", "trumpet-violin"));

        assertEquals(0, cli.run(with(place, "ring", "create")).exit());
        assertEquals(0, cli.run(with(place, "seal", "backup.tar")).exit());
        Cli.Said said = cli.run(with(place, "open", "backup.tar.sealed", "again"));

        assertEquals(0, said.exit(), said.all());
    }

    static String[] with(String[] place, String... words) {
        return Stream.concat(Stream.of(words), Stream.of(place)).toArray(String[]::new);
    }
}
