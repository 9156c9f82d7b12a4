package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.testing.Eventually;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real process leaves behind that is killed while it writes, and which calls it makes on its way. */
@Tag("slow")
class PrivateFileCrashTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern CREATED = Pattern.compile("openat\\(.*\"([^\"]*)\".*O_CREAT.*, 0([0-7]+)\\)");

    @TempDir
    Path folder;

    @TempDir
    Path scratch;

    private Path output() {
        return scratch.resolve("output");
    }

    @Test
    @Tag("secrets:W2")
    void kill_atAnyMoment_leavesTheOldOrTheNewFile() throws IOException {
        killRepeatedly(8);
    }

    @Test
    @Tag("long")
    @Tag("secrets:W2")
    void kill_manyTimes_leavesTheOldOrTheNewFile() throws IOException {
        killRepeatedly(200);
    }

    private void killRepeatedly(int kills) throws IOException {
        Path file = folder.resolve("secret");
        Random random = SeededRandom.of("PrivateFileCrashTest");
        for (int kill = 0; kill < kills; kill++) {
            Files.deleteIfExists(file);
            try (ChildProcess writer =
                    ChildProcess.start(PrivateFileWriter.class, output(), file.toString(), "1000000")) {
                Eventually.until(PATIENCE, "a first write: " + Files.readString(output()), () -> Files.exists(file));
                LockSupport.parkNanos(random.nextInt(20_000_000));
                assertTrue(writer.alive(), () -> "the writer ended by itself: " + read(output()));
            }
            byte[] left = PrivateFile.at(file).read(PrivateFileWriter.SIZE).orElseThrow();
            assertEquals(PrivateFileWriter.SIZE, left.length);
            assertEquals(
                    1,
                    new String(left, StandardCharsets.US_ASCII)
                            .chars()
                            .distinct()
                            .count());
        }
        PrivateFile.at(file).replace(new byte[] {1});
        assertFalse(Files.exists(folder.resolve(".secret.tmp")));
    }

    @Test
    @Tag("secrets:W4")
    void twoProcesses_atOnce_takeTurns() throws IOException, InterruptedException {
        Path file = folder.resolve("counter");
        PrivateFile.at(file).replace("0".getBytes(StandardCharsets.US_ASCII));

        try (ChildProcess first = ChildProcess.start(Counter.class, output(), file.toString(), "200");
                ChildProcess second = ChildProcess.start(Counter.class, scratch.resolve("2"), file.toString(), "200")) {
            assertEquals(0, first.waitFor(), () -> read(output()));
            assertEquals(0, second.waitFor(), () -> read(scratch.resolve("2")));
        }

        assertEquals("400", Files.readString(file));
    }

    @Test
    @Tag("secrets:W1")
    void umaskThatAllowsAll_filesAreStillForTheOwnerOnly() throws IOException, InterruptedException {
        Path file = folder.resolve("secret");

        List<String> shell = List.of("sh", "-c", "umask 000; exec \"$@\"", "sh");
        try (ChildProcess writer = ChildProcess.start(shell, PrivateFileWriter.class, output(), file.toString(), "1")) {
            assertEquals(0, writer.waitFor(), () -> read(output()));
        }

        Set<PosixFilePermission> ownerOnly = PosixFilePermissions.fromString("rw-------");
        assertEquals(ownerOnly, Files.getPosixFilePermissions(file));
        assertEquals(ownerOnly, Files.getPosixFilePermissions(folder.resolve(".secret.lock")));
    }

    @Test
    @Tag("secrets:W1")
    @Tag("secrets:W2")
    @Tag("secrets:A3")
    void systemCalls_ofOneWrite_openWithTheFinalModeAndForceBeforeAndAfterTheRename()
            throws IOException, InterruptedException {
        assumeTrue(traceable(), "strace cannot trace here: the order of system calls is not tested");
        Path file = folder.resolve("secret");
        Path trace = scratch.resolve("trace");

        List<String> strace = List.of(
                "strace",
                "-ff",
                "-y",
                "-s",
                "8",
                "-e",
                "trace=openat,write,fsync,rename,chmod,fchmod",
                "-o",
                trace.toString());
        try (ChildProcess writer =
                ChildProcess.start(strace, PrivateFileWriter.class, output(), file.toString(), "1")) {
            assertEquals(0, writer.waitFor(), () -> read(output()));
        }

        List<String> calls = traced(scratch, folder.toString());
        List<String> modes = calls.stream()
                .map(CREATED::matcher)
                .filter(Matcher::find)
                .map(made -> made.group(2))
                .toList();
        assertEquals(List.of("600", "600"), modes, "the modes of the lock and of the file");
        assertEquals(0, calls.stream().filter(call -> call.contains("chmod")).count());
        assertInOrder(
                calls,
                ".secret.tmp\".*O_EXCL",
                "write\\(.*tmp",
                "fsync\\(.*tmp",
                "rename\\(",
                "fsync\\(\\d+<[^>]*" + folder.getFileName() + ">");
    }

    /** One file a thread, so that no call is torn in two; all calls on the folder are those of the main thread. */
    private static List<String> traced(Path traces, String about) throws IOException {
        try (Stream<Path> files = Files.list(traces)) {
            return files.filter(file -> file.getFileName().toString().startsWith("trace."))
                    .flatMap(file -> read(file).lines())
                    .filter(call -> call.contains(about))
                    .toList();
        }
    }

    private static void assertInOrder(List<String> calls, String... patterns) {
        int from = 0;
        for (String pattern : patterns) {
            Pattern wanted = Pattern.compile(pattern);
            while (from < calls.size() && !wanted.matcher(calls.get(from)).find()) {
                from++;
            }
            assertTrue(from < calls.size(), pattern + " is not where it should be in\n" + String.join("\n", calls));
            from++;
        }
    }

    private static boolean traceable() throws InterruptedException {
        try {
            return new ProcessBuilder("strace", "-o", "/dev/null", "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    /** Adds one to the number in a file, many times. */
    public static final class Counter {
        private Counter() {}

        public static void main(String[] arguments) {
            PrivateFile file = PrivateFile.at(Path.of(arguments[0]));
            for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
                file.update(20, content -> {
                    int number = Integer.parseInt(new String(content.orElseThrow(), StandardCharsets.US_ASCII));
                    return java.util.Optional.of(Integer.toString(number + 1).getBytes(StandardCharsets.US_ASCII));
                });
            }
        }
    }
}
