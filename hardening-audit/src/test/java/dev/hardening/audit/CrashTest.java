package dev.hardening.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.ReadReport;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.SeededRandom;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a real process while it appends, again and again on one directory. */
@Tag("slow")
@Tag("audit:R1")
class CrashTest {
    private static final int ROUNDS = Integer.getInteger("audit.crash.rounds", 6);
    private static final int THREADS = 8;

    @TempDir
    Path temp;

    @Test
    void kill_atARandomMoment_everyAcknowledgedEventIsThereExactlyOnce() throws Exception {
        Random random = SeededRandom.of("crash");
        Path directory = temp.resolve("audit");
        Map<String, Long> acknowledged = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            Path promises = temp.resolve("promises" + round);
            Process process = start(directory, promises, round);
            try {
                int enough = 1 + random.nextInt(400_000);
                Eventually.until(Duration.ofSeconds(60), "promises are made", () -> Files.size(promises) > enough);
            } finally {
                process.destroyForcibly();
                assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            }
            collect(promises, acknowledged);
            check(directory, acknowledged);
        }
        assertTrue(acknowledged.size() > ROUNDS, () -> "only " + acknowledged.size() + " events in all");
        System.out.println("acknowledged and found after " + ROUNDS + " kills: " + acknowledged.size());
    }

    private static Process start(Path directory, Path promises, int round) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Appender.class.getName(),
                        directory.toString(),
                        Integer.toString(THREADS),
                        Integer.toString(round))
                .redirectOutput(promises.toFile())
                .redirectError(new File(promises + ".err"))
                .start();
    }

    private static void collect(Path promises, Map<String, Long> acknowledged) throws IOException {
        List<String> lines = Files.readAllLines(promises);
        assertTrue(!lines.isEmpty(), () -> "no promise; " + errors(promises));
        for (String line : lines) {
            String[] parts = line.split(" ", 2);
            acknowledged.put(parts[1], Long.valueOf(parts[0]));
        }
    }

    private static void check(Path directory, Map<String, Long> acknowledged) {
        Map<String, Long> stored = new HashMap<>();
        Set<String> twice = new HashSet<>();
        ReadReport report = AuditReader.of(directory).read(event -> {
            String id = event.text("id").orElseThrow();
            if (stored.put(id, event.index()) != null) {
                twice.add(id);
            }
        });

        assertTrue(report.continuous(), report::toString);
        assertEquals(Set.of(), twice);
        acknowledged.forEach((id, index) -> assertEquals(index, stored.get(id), id));
    }

    private static String errors(Path promises) {
        try {
            return Files.readString(Path.of(promises + ".err"));
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }
}
