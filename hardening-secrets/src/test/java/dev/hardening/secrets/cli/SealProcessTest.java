package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.ChildProcess;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code seal} and {@code open} leave behind as processes: ended midway, on poor file systems, under any umask. */
@Tag("slow")
class SealProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int TERMINATED = 143;
    private static final Pattern CREATED = Pattern.compile("openat\\(.*\"([^\"]*)\".*O_CREAT.*, 0([0-7]+)\\)");

    @TempDir
    Path home;

    @TempDir
    Path scratch;

    private byte[] content;

    @BeforeEach
    void makeASealedFile() throws Exception {
        Files.createDirectory(home.resolve("rings"));
        new Cli(home).run("init");
        content = new byte[1_000_000];
        SeededRandom.of("SealProcessTest").nextBytes(content);
        Files.write(home.resolve("plain"), content);
        assertEquals(0, here("ring", "create", "--ring", "sealing").exit());
        assertEquals(0, here("seal", "plain", "sealed").exit());
    }

    private Cli.Said here(String... words) {
        return new Cli(home).run(withRing(words));
    }

    private String[] withRing(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--folder", home.resolve("rings").toString(), "--key-env", "ENCRYPTION_KEY"));
        all.addAll(List.of("--env-file", home.resolve(".env.production").toString()));
        return all.toArray(String[]::new);
    }

    private ChildProcess process(List<String> prefix, String verb, String source, String target) {
        return ChildProcess.start(
                prefix,
                SecretsCommand.class,
                scratch.resolve("output"),
                withRing(
                        verb,
                        home.resolve(source).toString(),
                        home.resolve(target).toString()));
    }

    private String output() {
        try {
            return Files.readString(scratch.resolve("output"));
        } catch (IOException failure) {
            return failure.toString();
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(home)) {
            return files.sorted().toList();
        }
    }

    private Optional<Path> unfinished(List<Path> before) throws IOException {
        return files().stream().filter(file -> !before.contains(file)).findFirst();
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "seal"})
    @Tag("secrets:W2")
    void terminated_midway_leavesNothing(String verb) throws Exception {
        Path pipe = home.resolve("pipe");
        assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0,
                "SKIPPED: mkfifo makes no pipe here, a process that is ended midway is not tested");
        byte[] source = Files.readAllBytes(home.resolve("sealed"));
        List<Path> before = files();

        try (RandomAccessFile feed = new RandomAccessFile(pipe.toFile(), "rw");
                ChildProcess run = process(List.of(), verb, "pipe", "target")) {
            Thread feeder = new Thread(() -> write(feed, source, 400_000), "feeder");
            feeder.setDaemon(true);
            feeder.start();
            Eventually.until(PATIENCE, "a file with a part of it: " + output(), () -> {
                Path part = unfinished(before).orElseThrow();
                return Files.size(part) >= 131_072;
            });
            run.terminate();

            assertEquals(TERMINATED, run.waitFor(), this::output);
        }

        assertEquals(before, files());
    }

    private static void write(RandomAccessFile feed, byte[] bytes, int length) {
        try {
            feed.write(bytes, 0, length);
        } catch (IOException closed) {
            // The test is over.
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"link", "fsync"})
    void fileSystem_thatCannotDoAll_isToldAsItIs(String call) throws Exception {
        assumeTrue(traceable(), "SKIPPED: strace cannot trace here, poor file systems are not tested");
        // The first file that a run forces to disk is the new one, the second its folder.
        String fault = call.equals("link") ? "link,linkat:error=EPERM" : "fsync:error=EIO:when=2";

        List<String> strace = List.of("strace", "-f", "-o", "/dev/null", "-e", "inject=" + fault);
        try (ChildProcess run = process(strace, "open", "sealed", "target")) {
            assertEquals(call.equals("link") ? 0 : 3, run.waitFor(), this::output);
        }

        assertArrayEquals(content, Files.readAllBytes(home.resolve("target")));
        assertEquals(call.equals("fsync"), output().contains("is written whole, but its folder could not be forced"));
        assertEquals(call.equals("link"), output().contains("opened "), this::output);
    }

    @Test
    @Tag("secrets:W1")
    void umaskThatAllowsAll_filesAreStillForTheOwnerOnly() throws Exception {
        List<String> shell = List.of("sh", "-c", "umask 000; exec \"$@\"", "sh");
        try (ChildProcess run = process(shell, "open", "sealed", "target")) {
            assertEquals(0, run.waitFor(), this::output);
        }
        assertEquals("rw-------", mode("target"));

        try (ChildProcess run = process(shell, "seal", "target", "again")) {
            assertEquals(0, run.waitFor(), this::output);
        }
        assertEquals("rw-------", mode("again"));
    }

    @Test
    @Tag("secrets:W1")
    @Tag("secrets:W2")
    void systemCalls_ofOneRun_createWithTheFinalModeAndForceBeforeAndAfterTheRename() throws Exception {
        assumeTrue(traceable(), "SKIPPED: strace cannot trace here, the order of system calls is not tested");
        List<String> strace = new ArrayList<>(List.of("strace", "-ff", "-y", "-s", "8"));
        strace.addAll(List.of("-e", "trace=openat,write,fsync,rename,chmod,fchmod,unlink"));
        strace.addAll(List.of("-o", scratch.resolve("trace").toString()));
        try (ChildProcess run = process(strace, "open", "sealed", "target")) {
            assertEquals(0, run.waitFor(), this::output);
        }

        List<String> calls = traced();
        List<String> modes = calls.stream()
                .map(CREATED::matcher)
                .filter(Matcher::find)
                .map(made -> made.group(2))
                .toList();
        assertEquals(List.of("600", "600"), modes, "the modes of the new file and of its place");
        assertEquals(0, calls.stream().filter(call -> call.contains("chmod")).count());
        assertInOrder(
                calls,
                "\\.tmp\".*O_EXCL",
                "write\\(.*tmp",
                "fsync\\(.*tmp",
                "target\".*O_EXCL",
                "rename\\(",
                "fsync\\(\\d+<[^>]*" + home.getFileName() + ">");
    }

    private String mode(String name) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(name)));
    }

    /** All calls on the folder are those of the main thread. */
    private List<String> traced() throws IOException {
        List<String> calls = new ArrayList<>();
        try (Stream<Path> files = Files.list(scratch)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("trace."))
                    .toList()) {
                Files.readAllLines(file).stream()
                        .filter(call -> call.contains(home.toString()))
                        .forEach(calls::add);
            }
        }
        return calls;
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
}
