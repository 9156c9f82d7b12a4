package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
