package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.EnvFile.Change;
import dev.hardening.secrets.EnvFile.Change.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:W4")
class EnvFileRotationTest {
    private static final SecretSpec SPEC = SecretSpec.hex256();

    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve(".env");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "A=old^|A=%^",
                "A=old|A=%",
                "# one^^A=old^B=2^|# one^^A=%^B=2^",
                "A='old one'^|A='%'^",
                "A=\"old\"|A=\"%\"",
                "export A=old^|export A=%^",
                "  A=old^|  A=%^",
                "B=1^A=old#^^|B=1^A=%#^^"
            })
    void rotateAndForget_anyLine_replacesTheValueAndNoOtherByte(String before, String after) throws IOException {
        // A caret stands for a line end, and a hash behind the value for that of Windows.
        write(before.replace('^', '\n').replace("old#", "old\r"));

        List<Change> changes = EnvFile.open(path()).rotateAndForget("A", SPEC).save();

        String value = EnvFile.open(path()).find("A").orElseThrow().reveal();
        assertEquals(64, value.length());
        assertEquals(after.replace('^', '\n').replace("%#", "%\r").replace("%", value), Files.readString(path()));
        assertEquals(List.of(new Change("A", Kind.ROTATED)), changes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "A=old^|A=%^A_PREVIOUS=old^",
                "A=old|A=%^A_PREVIOUS=old",
                "# one^A=old^B=2^|# one^A=%^A_PREVIOUS=old^B=2^",
                "A='old one'^|A='%'^A_PREVIOUS='old one'^",
                "export A=old^|export A=%^export A_PREVIOUS=old^",
                "  A=old^|  A=%^  A_PREVIOUS=old^",
                "A_PREVIOUS=older^B=2^A=old^|A_PREVIOUS=old^B=2^A=%^",
                "A='old one'^# two^A_PREVIOUS=older|A='%'^# two^A_PREVIOUS='old one'",
                "A=old^A_PREVIOUS=^|A=%^A_PREVIOUS=old^"
            })
    void rotate_anyLine_keepsTheValueAsItWasWritten(String before, String after) throws IOException {
        for (String end : List.of("\n", "\r\n")) {
            write(before.replace("^", end));

            boolean replaces = before.contains("A_PREVIOUS=older");
            EnvFile file = EnvFile.open(path());
            List<Change> changes = (replaces ? file.rotateReplacingPrevious("A", SPEC) : file.rotate("A", SPEC)).save();

            String expectedEnd = before.contains("^") ? end : "\n";
            String value = EnvFile.open(path()).find("A").orElseThrow().reveal();
            assertEquals(after.replace("^", expectedEnd).replace("%", value), Files.readString(path()));
            Kind previous = replaces ? Kind.REPLACED : Kind.KEPT;
            assertEquals(List.of(new Change("A", Kind.ROTATED), new Change("A_PREVIOUS", previous)), changes);
        }
    }

    /** A ring may still be wrapped by the first value: run once more, rotate must not lose it. */
    @Test
    @Tag("secrets:W2")
    void rotate_twice_isRefusedAndNothingIsLost() throws IOException {
        write("A=first\nB=other\n");
        EnvFile.open(path()).rotate("A", SPEC).save();
        String once = Files.readString(path());

        EnvFile again = EnvFile.open(path()).rotate("A", SPEC).rotate("B", SPEC);
        SecretsConfigurationException refused = assertThrows(SecretsConfigurationException.class, again::save);

        assertTrue(refused.faults().get(0).contains("A_PREVIOUS still has the value before"), refused.getMessage());
        assertEquals(1, refused.faults().size());
        assertThrows(SecretsConfigurationException.class, again::preview);
        assertEquals(once, Files.readString(path()));
        assertEquals(
                "first", EnvFile.open(path()).find("A_PREVIOUS").orElseThrow().reveal());
    }

    @Test
    void rotateReplacingPrevious_twice_keepsTheLatestEarlierValue() throws IOException {
        write("A=first\n");

        EnvFile file = EnvFile.open(path()).rotate("A", SPEC);
        file.save();
        String second = file.find("A").orElseThrow().reveal();
        file.rotateReplacingPrevious("A", SPEC).save();

        assertEquals(second, file.find("A_PREVIOUS").orElseThrow().reveal());
        assertEquals(
                file.find("A").orElseThrow().reveal(),
                EnvFile.open(path()).find("A").orElseThrow().reveal());
        assertEquals(2, Files.readString(path()).lines().count());
    }

    /** The one before belongs to whoever rotated it; a value that leaked takes nothing else with it. */
    @Test
    void rotateAndForget_valueWithAnEarlierOne_losesTheValueAlone() throws IOException {
        write("A=leaked\nA_PREVIOUS=earlier\n");

        EnvFile file = EnvFile.open(path()).rotateAndForget("A", SPEC);
        file.save();

        assertFalse(Files.readString(path()).contains("leaked"));
        assertEquals("earlier", file.find("A_PREVIOUS").orElseThrow().reveal());
        assertEquals(
                List.of(new Change("A_PREVIOUS", Kind.ROTATED)),
                file.rotateAndForget("A_PREVIOUS", SPEC).save());
    }

    @Test
    void save_again_rotatesOnce() throws IOException {
        write("A=first\n");
        EnvFile file = EnvFile.open(path()).rotateAndForget("A", SPEC);
        file.save();
        byte[] after = Files.readAllBytes(path());

        assertEquals(List.of(), file.save());

        assertEquals(new String(after, StandardCharsets.UTF_8), Files.readString(path()));
    }

    @Test
    void preview_rotationsAndMissingNames_areToldAndNothingIsWritten() throws IOException {
        write("A=first\nB=second\n");
        EnvFile file = EnvFile.open(path())
                .ensure("C", SPEC)
                .ensure("A", SPEC)
                .rotateAndForget("B", SPEC)
                .rotate("A", SPEC);

        List<Change> told = file.preview();

        assertEquals(
                List.of(
                        new Change("B", Kind.ROTATED),
                        new Change("A", Kind.ROTATED),
                        new Change("A_PREVIOUS", Kind.KEPT),
                        new Change("C", Kind.ADDED)),
                told);
        assertEquals("A=first\nB=second\n", Files.readString(path()));
        assertEquals(told, file.save());
    }

    @ParameterizedTest
    @ValueSource(strings = {"B=1\n", "A=\n", "A=''\n", ""})
    void save_noValueToRotate_isRefusedAndNothingIsWritten(String text) throws IOException {
        write(text);
        EnvFile file = EnvFile.open(path())
                .ensure("NEW", SPEC)
                .rotateAndForget("A", SPEC)
                .rotate("Z", SPEC);

        var failure = assertThrows(SecretsConfigurationException.class, file::save);

        assertEquals(
                List.of(path() + ": A has no value to rotate", path() + ": Z has no value to rotate"),
                failure.faults());
        assertThrows(SecretsConfigurationException.class, file::preview);
        assertEquals(text, Files.readString(path()));
    }

    @Test
    void save_rotatedByAnotherRunMeanwhile_keepsThatValueAndWhatItKept() throws IOException {
        write("A=first\n");
        EnvFile slow = EnvFile.open(path()).rotate("A", SPEC);
        EnvFile fast = EnvFile.open(path()).rotate("A", SPEC);
        fast.save();

        assertEquals(List.of(new Change("A", Kind.ROTATED_MEANWHILE)), slow.save());

        assertTrue(slow.find("A").orElseThrow().matches(fast.find("A").orElseThrow()));
        assertEquals("first", slow.find("A_PREVIOUS").orElseThrow().reveal());
    }

    @Test
    void save_runsAtTheSameTime_rotateOnceAndLoseNoEarlierValue() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 20; round++) {
                write("A=first\n");
                assertEquals(1, rotatedAtTheSameTime(threads));
                assertEquals(
                        "first",
                        EnvFile.open(path()).find("A_PREVIOUS").orElseThrow().reveal());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private long rotatedAtTheSameTime(ExecutorService threads) throws InterruptedException, ExecutionException {
        List<Callable<List<Change>>> saves = Stream.generate(
                        () -> EnvFile.open(path()).rotate("A", SPEC))
                .limit(8)
                .<Callable<List<Change>>>map(file -> file::save)
                .toList();
        List<Change> all = new ArrayList<>();
        for (Future<List<Change>> save : threads.invokeAll(saves)) {
            all.addAll(save.get());
        }
        return all.stream().filter(change -> change.kind() == Kind.ROTATED).count();
    }

    @Test
    void save_writeFails_leavesTheOldValueAndTriesAgain() throws IOException {
        write("A=first\n");
        EnvFile file = EnvFile.open(path()).rotateAndForget("A", SPEC);
        Path inTheWay = Files.createDirectories(folder.resolve(".env.tmp/full"));

        assertThrows(SecretsUnavailableException.class, file::save);
        assertEquals("first", file.find("A").orElseThrow().reveal());
        assertEquals("A=first\n", Files.readString(path()));

        Files.delete(inTheWay);
        assertEquals(List.of(new Change("A", Kind.ROTATED)), file.save());
    }

    @Test
    void rotate_nameThatCannotBe_isRefused() throws IOException {
        write("A=1\n");
        EnvFile file = EnvFile.open(path());

        assertThrows(IllegalArgumentException.class, () -> file.rotateAndForget("A B", SPEC));
        assertThrows(IllegalArgumentException.class, () -> file.rotate("A_PREVIOUS", SPEC));
        assertThrows(IllegalArgumentException.class, () -> file.rotate("A".repeat(120), SPEC));
        assertFalse(file.rotateAndForget("A".repeat(128), SPEC).find("A").isEmpty());
    }

    @Test
    void profile_name_isTheEndOfTheFileName() {
        assertEquals(folder.resolve(".env.production"), EnvFile.profile(folder, "production"));
        assertEquals(folder.resolve(".env.staging-2"), EnvFile.profile(folder, "staging-2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Production", "../x", "a/b", "example", "sample", "template", "dist", "1a", "a.b"})
    void profile_nameThatIsNoneOrIsShared_isRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> EnvFile.profile(folder, name));
    }

    private void write(String text) throws IOException {
        Files.writeString(path(), text);
        Files.setPosixFilePermissions(path(), PosixFilePermissions.fromString("rw-------"));
    }
}
