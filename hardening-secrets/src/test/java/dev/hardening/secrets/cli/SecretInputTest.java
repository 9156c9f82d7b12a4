package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets from a variable, a file and the keyboard, as the verbs of {@code ring} take them. */
class SecretInputTest {
    private static final String KEY = "kestrel-meadow-trumpet-violin-orchard";

    @TempDir
    Path home;

    private Cli cli;

    @BeforeEach
    void makeARing() throws Exception {
        cli = new Cli(home).environment(Map.of("K", KEY)).typing(KEY);
        assertEquals(0, ring("create", "--key-env", "K").exit());
    }

    private Cli.Said ring(String verb, String... words) {
        String[] all = new String[words.length + 6];
        System.arraycopy(new String[] {"ring", verb, "--ring", "signing", "--folder", "rings"}, 0, all, 0, 6);
        System.arraycopy(words, 0, all, 6, words.length);
        return cli.run(all);
    }

    private void file(String content, String mode) throws Exception {
        Path file = home.resolve("key");
        Files.write(file, content.getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    @ParameterizedTest
    @ValueSource(strings = {KEY, KEY + "\n", KEY + "\r\n"})
    void file_lineEnd_isNoPartOfTheSecret(String content) throws Exception {
        file(content, "rw-------");

        Cli.Said said = ring("list", "--key-file", "key");

        assertEquals(0, said.exit(), said.all());
    }

    @ParameterizedTest
    @ValueSource(strings = {KEY + "\r", KEY + "\n\n", KEY + " "})
    void file_anythingElse_isAPartOfTheSecret(String content) throws Exception {
        file(content, "rw-------");

        assertEquals(3, ring("list", "--key-file", "key").exit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n"})
    void file_empty_isUsage(String content) throws Exception {
        file(content, "rw-------");

        assertEquals(2, ring("list", "--key-file", "key").exit());
    }

    @Test
    @Tag("secrets:W3")
    void file_thatOthersRead_isRefused() throws Exception {
        file(KEY, "r--r--r--");

        assertEquals(1, ring("list", "--key-file", "key").exit());
    }

    /** What Kubernetes mounts: files are links through the version of the day, and all may read them. */
    private Path volume() throws Exception {
        Path folder = Files.createDirectory(home.resolve("volume"));
        Path version = Files.createDirectory(folder.resolve("..2026_11_22"));
        Files.writeString(version.resolve("key"), KEY + "\n");
        Files.setPosixFilePermissions(version.resolve("key"), PosixFilePermissions.fromString("r--r--r--"));
        Files.createSymbolicLink(folder.resolve("..data"), version.getFileName());
        Files.createSymbolicLink(folder.resolve("key"), Path.of("..data", "key"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        return folder;
    }

    @Test
    void file_ofAVolumeOfRoot_isReadWhateverItsMode() throws Exception {
        Path folder = volume();
        assumeTrue(
                Integer.valueOf(0).equals(Files.getAttribute(folder, "unix:uid")),
                "SKIPPED: only root makes what Kubernetes mounts");

        Cli.Said said = ring("list", "--key-file", "volume/key");

        assertEquals(0, said.exit(), said.all());
        assertEquals(3, ring("list", "--key-file", "volume/other").exit());
    }

    @Test
    @Tag("secrets:W3")
    void file_ofAVolumeThatSomebodyElseMade_isRefused() throws Exception {
        Path folder = volume();
        try {
            Files.setAttribute(folder.resolve("..data"), "unix:uid", 12345, LinkOption.NOFOLLOW_LINKS);
        } catch (java.nio.file.FileSystemException forbidden) {
            // Then it is not root's anyway.
        }

        assertEquals(1, ring("list", "--key-file", "volume/key").exit());
    }

    @Test
    void file_thatIsMountedByItself_isReadWhateverItsMode() throws Exception {
        Path hosts = Path.of("/etc/hosts");
        Path table = Path.of("/proc/self/mountinfo");
        assumeTrue(
                Files.exists(table)
                        && Files.readString(table, StandardCharsets.ISO_8859_1).contains(" /etc/hosts ")
                        && Files.size(hosts) >= 40,
                "SKIPPED: no file is mounted here by itself");

        Cli.Said said =
                cli.run("ring", "create", "--ring", "of-hosts", "--folder", "rings", "--key-file", "/etc/hosts");

        assertEquals(0, said.exit(), said.all());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--key-env K --key-file key",
                "--key-env K --key-ask",
                "--key-file key --key-ask",
                "--passphrase-env K --passphrase-ask",
                "--key-env K --key-file key --key-ask"
            })
    void places_moreThanOne_areUsage(String words) throws Exception {
        file("another" + KEY, "rw-------");

        Cli.Said said = ring("list", words.split(" "));

        assertEquals(2, said.exit(), said.all());
        assertTrue(said.err().contains("comes from one place"), said.err());
    }
}
