package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
class SourceCanaryTest {
    private static final int ROUNDS = 100;
    private static final String RARE = "ĀāĂ㥹ĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħ";
    private static final List<String> SHAPES = List.of(
            "%s",
            "jdbc:postgresql://u:%s@h/", "-----BEGIN PRIVATE KEY-----\n%s", "%s\0%s", "https://u:%s@host", "A=%s $x");

    @TempDir
    Path folder;

    @Test
    void watchedSource_changesFailuresAndLogs_leaveNothingOfAnyValue() throws Exception {
        Random random = SeededRandom.of("SourceCanaryTest.watched");
        PrintStream before = System.err;
        for (int round = 0; round < ROUNDS; round++) {
            String canary = canary(random);
            String value = SHAPES.get(random.nextInt(SHAPES.size())).replace("%s", canary);
            ByteArrayOutputStream log = new ByteArrayOutputStream();
            System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
            String output;
            try {
                output = live(value);
            } finally {
                System.setErr(before);
            }
            assertNothingOf(canary, output);
            assertNothingOf(canary, log.toString(StandardCharsets.UTF_8));
            assertTrue(log.toString(StandardCharsets.UTF_8).contains("source canary"));
        }
    }

    /** A life with every kind of event; all that it prints. */
    private static String live(String value) {
        FakeReader place = new FakeReader(Map.of("A", value));
        ManualScheduler scheduler = new ManualScheduler();
        Recorder recorder = new Recorder();
        StringBuilder output = new StringBuilder();
        SourceListener throwing = new SourceListener() {
            @Override
            public void failed(SourceEvent.Failed event) {
                throw new IllegalStateException(value);
            }

            @Override
            public void changed(SourceEvent.Changed event) {
                recorder.changed(event);
            }
        };
        WatchedSource source = WatchedSource.builder()
                .name("canary")
                .reader(place)
                .scheduler(scheduler)
                .listener(throwing)
                .build();
        place.put(Map.of("A", value + "2", "B", value));
        scheduler.run();
        SourceSnapshot snapshot = source.snapshot();
        output.append(snapshot).append(place.last).append(place.last.findings());
        place.fail(() -> new IllegalStateException(value, new IllegalArgumentException(value)));
        scheduler.run();
        output.append(source).append(source.state()).append(recorder.events);
        output.append(trace(assertThrows(
                RuntimeException.class, WatchedSource.builder().name("x").reader(place)::build)));
        source.close();
        output.append(trace(assertThrows(IllegalStateException.class, () -> source.find("A"))));
        return output.toString();
    }

    @Test
    void readers_malformedPlaces_leaveNothingOfAnyValue() throws Exception {
        Random random = SeededRandom.of("SourceCanaryTest.readers");
        for (int round = 0; round < ROUNDS; round++) {
            String canary = canary(random);
            byte[] content = ("A=" + canary + "\nA=" + canary + "\n" + canary).getBytes(StandardCharsets.UTF_8);
            Path file = folder.resolve("file");
            PrivateFile.at(file).replace(content);
            SecretReader env = SecretReader.envFile(file);
            SecretReader store = SecretKeyStore.builder()
                    .file(file)
                    .password(Secret.of(canary.replaceAll("[^\\x00-\\x7f]", "p")))
                    .build();
            Files.write(folder.resolve("large"), canary.repeat(4_000).getBytes(StandardCharsets.UTF_8));

            assertNothingOf(canary, trace(assertThrows(RuntimeException.class, env::read)));
            assertNothingOf(canary, trace(assertThrows(RuntimeException.class, store::read)));
            try (SecretReading reading = SecretReader.directory(folder).read()) {
                assertNothingOf(canary, reading + "" + reading.findings());
                assertFalse(reading.findings().isEmpty());
            }
        }
    }

    private static String canary(Random random) {
        return random.ints(24, 0, RARE.length())
                .mapToObj(at -> RARE.substring(at, at + 1))
                .collect(Collectors.joining());
    }

    private static void assertNothingOf(String canary, String output) {
        for (int at = 0; at + 4 <= canary.length(); at++) {
            String part = canary.substring(at, at + 4);
            assertFalse(output.contains(part), () -> "a part of the value is in: " + output);
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
