package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hardening.testing.Eventually;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real process that rotates is killed: the file has a value and the one before it, whole, or is the old file. */
@Tag("slow")
@Tag("secrets:W2")
@Tag("secrets:W4")
class EnvFileCrashTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String OLD = "# first\nA=old\n# last\n";

    @TempDir
    Path folder;

    @TempDir
    Path scratch;

    private Path file() {
        return folder.resolve(".env");
    }

    private Path output() {
        return scratch.resolve("output");
    }

    @Test
    void kill_whileRotating_leavesAValueAndTheOneBeforeIt() throws IOException {
        killRepeatedly(5);
    }

    @Test
    @Tag("long")
    void kill_whileRotatingManyTimes_leavesAValueAndTheOneBeforeIt() throws IOException {
        killRepeatedly(150);
    }

    private void killRepeatedly(int kills) throws IOException {
        Random random = SeededRandom.of("EnvFileCrashTest");
        for (int kill = 0; kill < kills; kill++) {
            writeOld();
            try (ChildProcess rotator =
                    ChildProcess.start(EnvFileRotator.class, output(), file().toString(), "1000000")) {
                Eventually.until(
                        PATIENCE,
                        "a first rotation: " + Files.readString(output()),
                        () -> !OLD.equals(Files.readString(file())));
                LockSupport.parkNanos(random.nextInt(30_000_000));
                assertTrue(rotator.alive(), "the rotator ended by itself");
            }
            assertIsOfTheChain(Files.readString(file()));
        }
        EnvFile.open(file()).rotateReplacingPrevious("A", SecretSpec.hex256()).save();
    }

    /** The values are those of the seed, so the file must be, byte for byte, one of those that were to be written. */
    private static void assertIsOfTheChain(String left) {
        SecretGenerator generator = SecretGenerator.create(new SeededSecureRandom(EnvFileRotator.SEED));
        String before = "old";
        for (int round = 0; round < 100_001; round++) {
            String value = generator.next(SecretSpec.hex256()).reveal();
            if (left.equals("# first\nA=" + value + "\nA_PREVIOUS=" + before + "\n# last\n")) {
                return;
            }
            before = value;
            assertTrue(round < 100_000, () -> "no such rotation: " + left);
        }
    }

    /** The kernel kills it as it enters the call, or answers the call with a fault. */
    @ParameterizedTest
    @CsvSource({
        ".env.tmp,openat,signal=SIGKILL,old",
        ".env.tmp,write,signal=SIGKILL,old",
        ".env.tmp,write,error=ENOSPC,old",
        ".env.tmp,fsync,signal=SIGKILL,old",
        ".env.tmp,fsync,error=EIO,old",
        ".env.tmp,rename,signal=SIGKILL,old",
        ".env.tmp,rename,error=EIO,old",
        "'',fsync,signal=SIGKILL,new",
        "'',fsync,error=EIO,new"
    })
    void callOfTheWrite_killedOrFailing_leavesTheOldOrTheNewFile(
            String name, String call, String fault, String expected) throws IOException, InterruptedException {
        assumeTrue(traceable(), "strace cannot trace here: faults of each system call are not tested");
        writeOld();

        assertNotEquals(0, rotated(name, call, call + ":" + fault + ":when=1"), "nothing happened to it");

        assertIsOldOrNew(expected);
    }

    /** Every call on the files in turn, until there are no more. */
    @Test
    @Tag("long")
    void anyCall_killed_leavesTheOldOrTheNewFile() throws IOException, InterruptedException {
        assumeTrue(traceable(), "strace cannot trace here: a kill at every system call is not tested");
        int number = 0;
        int exit;
        do {
            writeOld();
            number++;
            exit = rotated(".env.tmp", "all", "all:signal=SIGKILL:when=" + number);
            assertIsOldOrNew(Files.readString(file()).equals(OLD) ? "old" : "new");
        } while (exit != 0);
        assertTrue(number > 5, "only " + number + " calls");
    }

    private int rotated(String name, String call, String inject) throws InterruptedException {
        List<String> strace = List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                scratch.resolve("trace").toString(),
                "-P",
                folder.resolve(name).toString(),
                "-e",
                "trace=" + call,
                "-e",
                "inject=" + inject);
        try (ChildProcess rotator =
                ChildProcess.start(strace, EnvFileRotator.class, output(), file().toString(), "1")) {
            return rotator.waitFor();
        }
    }

    private void assertIsOldOrNew(String expected) throws IOException {
        String left = Files.readString(file());
        if (expected.equals("old")) {
            assertEquals(OLD, left);
        } else {
            assertIsOfTheChain(left);
        }
        // Whoever comes next is not held up by what lies around.
        EnvFile next = EnvFile.open(file()).rotateAndForget("A", SecretSpec.hex256());
        assertEquals(EnvFile.Change.Kind.ROTATED, next.save().get(0).kind());
    }

    private void writeOld() {
        PrivateFile.at(file()).replace(OLD.getBytes(StandardCharsets.UTF_8));
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
