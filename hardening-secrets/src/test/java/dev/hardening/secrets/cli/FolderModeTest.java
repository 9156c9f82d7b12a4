package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one folder that this module makes for secrets, that of a development authority. */
@Tag("secrets:W1")
class FolderModeTest {
    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(strings = {"000", "022", "077"})
    void authority_anyUmask_hasAFolderForItsOwnerOnly(String umask) throws IOException, InterruptedException {
        Path folder = home.resolve("dev-ca");
        Path output = home.resolve("output");
        List<String> shell = List.of("sh", "-c", "umask " + umask + "; exec \"$@\"", "sh");

        try (ChildProcess child = ChildProcess.start(
                shell, SecretsCommand.class, output, "tls", "dev-ca", "--folder", folder.toString())) {
            assertEquals(0, child.waitFor(), () -> output + " tells why");
        }

        assertEquals("rwx------", mode(folder));
        try (Stream<Path> made = Files.list(folder)) {
            List<Path> files = made.filter(file -> !file.endsWith("ca.pem")).toList();
            assertTrue(files.size() > 0);
            for (Path file : files) {
                assertEquals("rw-------", mode(file), file::toString);
            }
        }
    }

    /** What is there already is not opened up, nor closed behind the back of whoever made it. */
    @Test
    void authority_folderThatOthersMayWrite_isRefusedAndLeftEmpty() throws IOException {
        Path folder = Files.createDirectory(home.resolve("dev-ca"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));

        Cli.Said said = new Cli(home).run("tls", "dev-ca");

        assertEquals(1, said.exit(), said.all());
        assertTrue(said.err().contains("chmod go-w"), said.all());
        assertEquals("rwxrwx---", mode(folder));
        try (Stream<Path> made = Files.list(folder)) {
            assertEquals(List.of(), made.toList());
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
