package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileRingStoreTest implements RingStoreContract {
    @TempDir
    Path folder;

    @Override
    public RingStore store() {
        // A new one each time: another process has another object.
        return new FileRingStore(folder);
    }

    @Override
    public String ring() {
        return "ring";
    }

    @Test
    @Tag("secrets:W1")
    void file_always_isOneJsonObjectForTheOwnerOnly() throws IOException {
        store().compareAndSet("ring", 0, "{}".getBytes(StandardCharsets.UTF_8));

        Path file = folder.resolve("ring.json");
        assertEquals("{\"version\":1,\"document\":{}}\n", Files.readString(file));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{\"version\":0,\"document\":{}}\n",
                "{\"version\":01,\"document\":{}}\n",
                "{\"version\":-1,\"document\":{}}\n",
                "{\"version\":9999999999999999999,\"document\":{}}\n",
                "{\"version\":1,\"document\":{}}",
                "{\"version\":1,\"document\":{}}\n ",
                "{\"version\":1,\"document\":",
                " {\"version\":1,\"document\":{}}\n"
            })
    void load_fileOfAnotherShape_isReportedAsTampered(String content) throws IOException {
        store().compareAndSet("ring", 0, "{}".getBytes(StandardCharsets.UTF_8));
        Files.writeString(folder.resolve("ring.json"), content);

        var failure = assertThrows(SecretsUnavailableException.class, () -> store().load("ring"));

        assertEquals(Reason.TAMPERED, failure.reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"../ring", "/etc/passwd", "Ring", "", "a.b", "a/b", "-a"})
    void name_thatCouldBeAPath_isRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> store().load(name));
    }
}
