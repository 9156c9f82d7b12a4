package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.secrets.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The modes of all that verbs write, where the umask would let everybody do everything. */
@Tag("slow")
class WrittenFilesTest {
    @TempDir
    Path home;

    @TempDir
    Path scratch;

    private void run(String... words) throws Exception {
        List<String> shell = List.of("sh", "-c", "umask 000; exec \"$@\"", "sh");
        Path output = scratch.resolve("output");
        try (ChildProcess run = ChildProcess.start(shell, SecretsCommand.class, output, words)) {
            assertEquals(0, run.waitFor(), () -> read(output));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    private Map<String, String> modes() throws IOException {
        Map<String, String> modes = new TreeMap<>();
        List<Path> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(home)) {
            files.skip(1).forEach(all::add);
        }
        for (Path file : all) {
            modes.put(
                    home.relativize(file).toString(),
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
        return modes;
    }

    @Test
    @Tag("secrets:W1")
    void keygen_umaskThatAllowsAll_opensThePublicHalvesOnly() throws Exception {
        run("keygen", "--format", "pem", "--folder", home.toString());
        run("keygen", "--format", "jwk", "--folder", home.toString());
        run("passphrase", "--out", home.resolve("backup.pass").toString());

        assertEquals(
                new TreeMap<>(Map.of(
                        ".backup.pass.lock", "rw-------",
                        ".key.jwk.lock", "rw-------",
                        ".key.pem.lock", "rw-------",
                        "backup.pass", "rw-------",
                        "key.jwk", "rw-------",
                        "key.pem", "rw-------",
                        "key.pub.jwks", "rw-r--r--",
                        "key.pub.pem", "rw-r--r--")),
                modes());
    }

    @Test
    @Tag("secrets:W1")
    void authority_umaskThatAllowsAll_isInAFolderOfItsOwner() throws Exception {
        run("tls", "dev-ca", "--folder", home.resolve("dev-ca").toString());

        Map<String, String> modes = modes();
        assertEquals("rwx------", modes.remove("dev-ca"));
        assertEquals("rw-------", modes.get("dev-ca/authority.pem"));
        modes.remove("dev-ca/ca.pem");
        modes.forEach((file, mode) -> assertEquals("rw-------", mode, file));
    }
}
