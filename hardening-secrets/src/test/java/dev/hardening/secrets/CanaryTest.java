package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hardening.secrets.Schema.Profile;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plants values that occur nowhere else and looks for any four characters of them in whatever comes out. */
@Tag("secrets:S1")
@Tag("secrets:A8")
class CanaryTest {
    private static final int ROUNDS = 300;
    private static final String RARE = "ĀāĂ㥹ĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħ";
    private static final List<String> SHAPES = List.of(
            "%s",
            "\"%s\"",
            "%s %s",
            "%s$%s",
            "%s=%s",
            "'%s",
            "smtp://user:%s@host",
            "https://%s",
            "jdbc:postgresql://u:%s@h/%s?%s",
            "%s\t",
            "\0%s",
            "<%s>",
            "change-me-%s");

    private enum Choice {
        ONE
    }

    @TempDir
    Path folder;

    @Test
    void schema_anyValueOfAnyKind_leavesNothingOfItInTheReport() {
        Random random = SeededRandom.of("CanaryTest.schema");
        for (int round = 0; round < ROUNDS; round++) {
            String canary = canary(random);
            String value = SHAPES.get(random.nextInt(SHAPES.size())).replace("%s", canary);
            Map<String, String> values = new HashMap<>();
            List.of("SECRET", "SAME", "TEXT", "PORT", "NUMBER", "URI", "DURATION", "CHOICE", "FLAG", "PATH")
                    .forEach(name -> values.put(name, value));

            SchemaReport report = schema().check(SecretSource.of(values));

            assertFalse(report.faults().isEmpty());
            assertNothingOf(canary, report.toString());
            assertNothingOf(canary, trace(assertThrows(SecretsConfigurationException.class, report::orThrow)));
        }
    }

    @Test
    void settings_printed_showNamesOnly() {
        String canary = canary(SeededRandom.of("CanaryTest.settings"));
        Settings settings = Schema.builder()
                .text("TEXT")
                .build()
                .check(SecretSource.of(Map.of("TEXT", canary)))
                .orThrow();

        assertEquals("Settings[TEXT]", settings.toString());
        assertNothingOf(canary, trace(assertThrows(IllegalArgumentException.class, () -> settings.secret("TEXT"))));
    }

    @Test
    void envFile_anyLine_leavesNothingOfItsValueInFindingsAndExceptions() throws IOException {
        Random random = SeededRandom.of("CanaryTest.envFile");
        Path file = folder.resolve(".env");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        for (int round = 0; round < ROUNDS; round++) {
            String canary = canary(random);
            String value = SHAPES.get(random.nextInt(SHAPES.size())).replace("%s", canary);
            Files.writeString(file, "A=" + value + "\nA=" + value + "\n" + value + "\nB C=" + value + "\n");

            assertNothingOf(canary, EnvFile.lint(file).toString());
            assertNothingOf(canary, trace(assertThrows(SecretsConfigurationException.class, () -> EnvFile.open(file))));
        }
    }

    private static Schema schema() {
        return Schema.builder()
                .profile(Profile.PRODUCTION)
                .add(Setting.secret("SECRET").minBits(4096))
                .secret("SAME")
                .add(Setting.text("TEXT").require("never", "is never right", text -> false))
                .port("PORT", 8080)
                .add(Setting.number("NUMBER", 0, 9))
                .uri("URI", "https")
                .add(Setting.duration("DURATION", Duration.ZERO, Duration.ofHours(1)))
                .add(Setting.choice("CHOICE", Choice.class))
                .add(Setting.flag("FLAG"))
                .add(Setting.path("PATH"))
                .build();
    }

    private static String canary(Random random) {
        return canary(random, 24);
    }

    static String canary(Random random, int length) {
        return random.ints(length, 0, RARE.length())
                .mapToObj(at -> RARE.substring(at, at + 1))
                .collect(Collectors.joining());
    }

    static void assertNothingOf(String canary, String output) {
        for (int at = 0; at + 4 <= canary.length(); at++) {
            String part = canary.substring(at, at + 4);
            assertFalse(output.contains(part), () -> "a part of the value is in: " + output);
        }
    }

    static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
