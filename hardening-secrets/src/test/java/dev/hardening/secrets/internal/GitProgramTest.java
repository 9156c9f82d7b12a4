package dev.hardening.secrets.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitProgramTest {
    @TempDir
    Path folder;

    private GitProgram git(String body, Duration limit) throws IOException {
        Path file = Files.writeString(folder.resolve("git"), "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return GitProgram.find(folder.toString(), folder, limit).orElseThrow();
    }

    /** A pipe holds 64 KiB: who writes more to a program that does not read waits for it. */
    @Test
    void run_inputThatNobodyReads_endsInTime() throws IOException {
        GitProgram git = git("sleep 600", Duration.ofMillis(300));
        long start = System.nanoTime();

        assertEquals(Optional.empty(), git.run("x".repeat(1 << 20), List.of()));
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(60).toNanos());
    }

    @Test
    void run_input_isReadWholeAndLeavesNoFile() throws IOException {
        String input = "x".repeat(1 << 20);

        assertEquals(
                Optional.of(new GitProgram.Answer(3, input)),
                git("cat; exit 3", Duration.ofMinutes(1)).run(input, List.of()));
    }

    @Test
    void run_noInput_isAtItsEnd() throws IOException {
        assertEquals(
                Optional.of(new GitProgram.Answer(0, "")),
                git("cat", Duration.ofMinutes(1)).run("", List.of()));
    }

    @Test
    void run_limitOfCenturies_isNoOverflow() throws IOException {
        assertEquals(
                Optional.of(new GitProgram.Answer(0, "a")),
                git("printf a", Duration.ofSeconds(Long.MAX_VALUE)).run("", List.of()));
    }

    @Test
    void run_childThatKeepsThePipe_isNotWaitedFor() throws IOException {
        assertEquals(
                Optional.of(new GitProgram.Answer(0, "a")),
                git("sleep 3 & printf a", Duration.ofSeconds(60)).run("", List.of()));
    }

    @Test
    void run_moreOutputThanABuffer_isNothing() throws IOException {
        assertEquals(
                Optional.empty(),
                git("head -c 8388609 /dev/zero", Duration.ofMinutes(1)).run("", List.of()));
    }
}
