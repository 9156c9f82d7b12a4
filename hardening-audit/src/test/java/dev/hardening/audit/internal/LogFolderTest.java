package dev.hardening.audit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFolderTest {
    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void prepare() throws IOException {
        folder = temp.resolve("audit");
        assertEquals(List.of(), LogFolder.prepare(folder));
    }

    @Test
    @Tag("audit:R4")
    void lock_refusedOnceInThisProcess_otherProcessesAreStillKeptOut() throws Exception {
        LogFolder held = LogFolder.lock(folder).orElseThrow();
        assertEquals("held", anotherProcess());

        assertTrue(LogFolder.lock(folder).isEmpty());

        assertEquals("held", anotherProcess());
        held.close();
        assertEquals("free", anotherProcess());
    }

    @Test
    void lock_underAnotherNameOfTheDirectory_isRefusedToo() throws IOException {
        Path link = Files.createSymbolicLink(temp.resolve("link"), temp);
        LogFolder held = LogFolder.lock(folder).orElseThrow();

        assertTrue(LogFolder.lock(link.resolve("audit")).isEmpty());
        held.close();
    }

    @Test
    void close_again_doesNotFreeTheNextHolder() throws IOException {
        LogFolder first = LogFolder.lock(folder).orElseThrow();
        first.close();
        LogFolder second = LogFolder.lock(folder).orElseThrow();
        first.close();

        assertTrue(LogFolder.lock(folder).isEmpty());
        second.close();
    }

    private String anotherProcess() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Attempt.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            return said.strip();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Another process that would like to write. */
    static final class Attempt {
        private Attempt() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println(LogFolder.lock(Path.of(arguments[0])).isPresent() ? "free" : "held");
        }
    }
}
