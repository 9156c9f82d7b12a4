package dev.hardening.examples.lms.home;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.examples.lms.StartRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    @TempDir
    private Path parent;

    @Test
    void folder_madeByOpening_isForTheOwnerAlone() throws IOException {
        try (DataFolder folder = DataFolder.open(parent.resolve("a/b"))) {
            assertEquals("rwx------", mode(folder.path()));
            assertEquals("rw-------", mode(folder.path().resolve("lock")));
        }
    }

    @Test
    void folder_thatWasOpenToOthers_isTightened() throws IOException {
        PrivateFiles.permit(parent, "rwxrwxr-x");

        try (DataFolder folder = DataFolder.open(parent)) {
            assertEquals("rwx------", mode(folder.path()));
        }
    }

    @Test
    void folder_inUse_refusesASecondOpening() {
        try (DataFolder first = DataFolder.open(parent)) {
            StartRefusedException refused =
                    assertThrows(StartRefusedException.class, () -> DataFolder.open(first.path()));

            String pid = Long.toString(ProcessHandle.current().pid());
            assertTrue(refused.getMessage().contains("in use by process " + pid), refused.getMessage());
        }
    }

    @Test
    void folder_closed_canBeOpenedAgain() {
        DataFolder.open(parent).close();

        DataFolder.open(parent).close();
    }

    @Test
    void root_ofTheFileSystem_isRefused() {
        assertThrows(StartRefusedException.class, () -> DataFolder.open(Path.of("/")));
    }

    @Test
    void ports_ofAKilledRun_areGoneAfterOpening() throws IOException {
        Path ports = parent.resolve("ports.properties");
        Files.writeString(ports, "http=1\n");

        try (DataFolder folder = DataFolder.open(parent)) {
            assertFalse(Files.exists(ports));
            folder.publishPorts("http=2\n");
            assertEquals("http=2\n", Files.readString(ports));
        }
        assertFalse(Files.exists(ports));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
