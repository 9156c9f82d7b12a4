package dev.hardening.secrets.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.secrets.ChildProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTest {
    private static final String NOTHING = "output false, errors false, typed nothing";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "/dev/pts/3,true",
        "/dev/tty1,true",
        "/dev/console,true",
        "/dev/null,false",
        "pipe:[4711],false",
        "/tmp/out.txt,false",
        "/home/dev/pts/3,false"
    })
    void stream_ofTheSystem_isATerminalOrNot(String target, boolean terminal) throws IOException {
        Files.createSymbolicLink(folder.resolve("1"), Path.of(target));
        Files.createSymbolicLink(folder.resolve("2"), Path.of("/dev/null"));

        assertEquals(terminal, Terminal.of(folder).output());
        assertFalse(Terminal.of(folder).errors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no-such-folder"})
    @Tag("slow")
    void process_whoseStreamsAreFiles_hasNoTerminal(String descriptors) throws Exception {
        String[] arguments = descriptors.isEmpty()
                ? new String[0]
                : new String[] {folder.resolve(descriptors).toString()};
        Path output = folder.resolve("output");

        try (ChildProcess probe = ChildProcess.start(TerminalProbe.class, output, arguments)) {
            assertEquals(0, probe.waitFor(), () -> read(output));
        }

        assertTrue(read(output).contains(NOTHING), () -> read(output));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no-such-folder"})
    @Tag("slow")
    void process_onATerminal_isAskedThere(String descriptors) throws Exception {
        Path program = folder.resolve("run");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TerminalProbe.class.getName()));
        if (!descriptors.isEmpty()) {
            command.add(folder.resolve(descriptors).toString());
        }
        Files.writeString(program, "exec '" + String.join("' '", command) + "'\n");
        Process process = started("script", "-qec", "sh " + program, "/dev/null");
        try (OutputStream keyboard = process.getOutputStream()) {
            keyboard.write("meadow\n".getBytes(StandardCharsets.US_ASCII));
            keyboard.flush();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertEquals(0, process.waitFor(), said);
            assertTrue(said.contains("word: "), said);
            assertTrue(said.contains("output true, errors true, typed meadow"), said);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process started(String... command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException absent) {
            assumeTrue(false, "SKIPPED: there is no script here, a process on a terminal is not tested");
            throw new AssertionError(absent);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            return failure.toString();
        }
    }
}
