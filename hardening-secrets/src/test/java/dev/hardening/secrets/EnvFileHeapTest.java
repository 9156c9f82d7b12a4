package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.hardening.secrets.Schema.Profile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dumps the heap of a real process that has read, rotated and checked an env file, garbage included, and looks for what
 * the file held.
 */
@Tag("slow")
@Tag("secrets:S3")
class EnvFileHeapTest {
    private static final byte MASK = 0x5a;

    @TempDir
    Path folder;

    @Test
    void rotateAndForget_valueThatWasReadAndKept_leavesNoByteOfItInTheHeap() throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        try (ChildProcess child = ChildProcess.start(Dumper.class, output, folder.toString())) {
            assertEquals(0, child.waitFor(), () -> output + " tells why");
        }
        byte[] canary = HexFormat.of().parseHex(Files.readAllLines(output).get(0));
        mask(canary);

        assertTrue(hits("held.hprof", canary) > 0, "the file is held until then, or this test proves nothing");
        assertEquals(0, hits("forgotten.hprof", canary));
        assertEquals(0, hits("closed.hprof", canary));
    }

    /** Any half of it, in bytes or in characters of two. */
    private int hits(String dump, byte[] canary) throws IOException {
        byte[] heap = Files.readAllBytes(folder.resolve(dump));
        int half = canary.length / 2;
        int hits = 0;
        for (int from = 0; from <= half; from += half) {
            byte[] part = Arrays.copyOfRange(canary, from, from + half);
            byte[] little = new String(part, StandardCharsets.US_ASCII).getBytes(StandardCharsets.UTF_16LE);
            byte[] big = new String(part, StandardCharsets.US_ASCII).getBytes(StandardCharsets.UTF_16BE);
            hits += count(heap, part) + count(heap, little) + count(heap, big);
        }
        return hits;
    }

    private static int count(byte[] heap, byte[] part) {
        int count = 0;
        for (int at = 0; at + part.length <= heap.length; at++) {
            count += heap[at] == part[0] && Arrays.equals(heap, at, at + part.length, part, 0, part.length) ? 1 : 0;
        }
        return count;
    }

    private static void mask(byte[] bytes) {
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] ^= MASK;
        }
    }

    /** Puts a value into a file, does with the file what it can do, and lets the value go. */
    public static final class Dumper {
        private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

        private Dumper() {}

        public static void main(String[] arguments) throws IOException {
            HotSpotDiagnosticMXBean heap = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            Path folder = Path.of(arguments[0]);
            Path path = folder.resolve(".env");
            byte[] canary = drawn();
            write(path, canary);
            mask(canary);

            EnvFile env = EnvFile.open(path);
            use(env, path);
            heap.dumpHeap(folder.resolve("held.hprof").toString(), false);
            env.rotateAndForget("A_PREVIOUS", SecretSpec.hex256()).save();
            heap.dumpHeap(folder.resolve("forgotten.hprof").toString(), false);
            closed(path, canary);
            heap.dumpHeap(folder.resolve("closed.hprof").toString(), false);
            System.out.println(HexFormat.of().formatHex(canary));
        }

        private static byte[] drawn() {
            byte[] canary = new byte[48];
            new SecureRandom().nextBytes(canary);
            for (int at = 0; at < canary.length; at++) {
                canary[at] = DIGITS[canary[at] & 0xF];
            }
            return canary;
        }

        private static void write(Path path, byte[] canary) {
            byte[] line = ("A=" + "?".repeat(canary.length) + "\nB=\n").getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(canary, 0, line, 2, canary.length);
            PrivateFile.at(path).replace(line);
            Arrays.fill(line, (byte) 0);
        }

        private static void use(EnvFile env, Path path) {
            env.find("A").orElseThrow().close();
            env.ensure("B", SecretSpec.token64()).ensure("C", SecretSpec.token64());
            env.preview();
            env.save();
            check(path);
            env.rotate("A", SecretSpec.hex256()).save();
            EnvFile.lint(path);
        }

        /** The source over the file cannot be closed, so it reads one of its own. */
        private static void check(Path path) {
            try (EnvFile env = EnvFile.open(path)) {
                Schema.builder()
                        .profile(Profile.DEVELOPMENT)
                        .secret("B")
                        .secret("MISSING")
                        .build()
                        .check(env::find);
            }
        }

        private static void closed(Path path, byte[] masked) {
            byte[] canary = masked.clone();
            mask(canary);
            write(path, canary);
            Arrays.fill(canary, (byte) 0);
            try (EnvFile env = EnvFile.open(path)) {
                env.find("A").orElseThrow().close();
            }
        }
    }
}
