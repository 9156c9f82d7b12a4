package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretSourceTest {
    @TempDir
    Path folder;

    @Test
    void environment_variableThatIsSet_isFound() {
        String path = SecretSource.environment().find("PATH").orElseThrow().reveal();

        assertEquals(System.getenv("PATH"), path);
        assertTrue(SecretSource.environment().find("NO_SUCH_VARIABLE").isEmpty());
    }

    @Test
    void or_firstHasTheValue_firstWins() {
        SecretSource source = SecretSource.of(Map.of("A", "1", "EMPTY", ""))
                .or(SecretSource.of(Map.of("A", "2", "B", "3", "EMPTY", "4")));

        assertEquals(Optional.of("1"), source.find("A").map(Secret::reveal));
        assertEquals(Optional.of("3"), source.find("B").map(Secret::reveal));
        assertEquals(Optional.of("4"), source.find("EMPTY").map(Secret::reveal));
        assertTrue(source.find("C").isEmpty());
    }

    @Test
    void envFile_noFile_isEmpty() {
        assertTrue(SecretSource.envFile(folder.resolve(".env")).find("A").isEmpty());
    }

    @Test
    void envFile_file_isReadOnce() throws IOException {
        Path file = folder.resolve(".env");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, "A=first\n");
        SecretSource source = SecretSource.envFile(file);

        Files.writeString(file, "A=second\n");

        assertEquals("first", source.find("A").orElseThrow().reveal());
    }

    @Test
    void envFile_malformedFile_isRefusedWithoutItsValues() throws IOException {
        Path file = folder.resolve(".env");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, "A=canary$x\nno assignment canary\n");

        var refused = assertThrows(SecretsConfigurationException.class, () -> SecretSource.envFile(file));

        assertEquals(2, refused.faults().size());
        assertTrue(refused.faults().get(1).startsWith(file + ":2: "));
        assertTrue(!refused.getMessage().contains("canary"));
    }
}
