package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ChildProcess;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Kills a process again and again while it replaces a ring, and looks at what it left. */
public final class RingStoreCrash {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private RingStoreCrash() {}

    /** What was stored last is whole, and nothing that was reported as stored is lost. */
    public static void killRepeatedly(RingStore store, String place, Path scratch, int kills) throws IOException {
        Random random = SeededRandom.of("RingStoreCrash");
        for (int kill = 0; kill < kills; kill++) {
            String ring = "ring-" + kill;
            Path output = scratch.resolve(ring);
            try (ChildProcess writer = ChildProcess.start(RingStoreWriter.class, output, place, ring)) {
                Eventually.until(PATIENCE, "some writes", () -> {
                    assertTrue(writer.alive(), Files.readString(output));
                    return Files.readString(output).contains("stored 3");
                });
                LockSupport.parkNanos(random.nextInt(30_000_000));
                assertTrue(writer.alive(), Files.readString(output));
            }
            long reported = Files.readString(output)
                    .lines()
                    .filter(line -> line.matches("stored \\d+"))
                    .mapToLong(line -> Long.parseLong(line.substring("stored ".length())))
                    .max()
                    .orElseThrow();
            assertWhole(store.load(ring).orElseThrow(), lastWhole(output, reported));
        }
    }

    /** The last line may be cut in the middle of its number, which then is smaller than what was stored. */
    private static long lastWhole(Path output, long reported) throws IOException {
        return Files.readString(output).endsWith("\n") ? reported : reported / 10;
    }

    private static void assertWhole(RingStore.Stored left, long reported) {
        assertTrue(
                left.version() >= reported && left.version() >= 3,
                () -> "version " + left.version() + " after " + reported + " was stored");
        byte[] whole = new byte[RingStoreWriter.SIZE];
        Arrays.fill(whole, RingStoreWriter.letter(left.version()));
        assertArrayEquals(whole, left.document());
    }
}
