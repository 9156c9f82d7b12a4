package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream of a gibibyte goes through a JVM that has 16 MiB of heap in all. */
class StreamMemoryTest {
    private static final int MEBIBYTES = 1024;
    private static final byte[] PIECE = new byte[1 << 16];
    private static final SealContext PLACE = SealContext.of("backup", "7");

    @TempDir
    private Path folder;

    @Test
    void streams_aGibibyte_needNoMoreHeapThanASmallOne() throws Exception {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx16m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StreamMemoryTest.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = process.waitFor(120, TimeUnit.SECONDS);
            assertTrue(ended, "did not end");
            assertEquals(0, process.exitValue(), () -> read(output));
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Sealer sealer = Sealer.of(SealRing.make());
        PipedInputStream sealed = new PipedInputStream(4 * PIECE.length);
        OutputStream pipe = new PipedOutputStream(sealed);
        Thread writer = new Thread(() -> write(sealer, pipe));
        writer.setDaemon(true);
        writer.start();
        long total = 0;
        try (InputStream in = sealer.opening(sealed, PLACE)) {
            for (int read = in.read(PIECE); read >= 0; read = in.read(PIECE)) {
                total += read;
            }
        }
        if (total != (long) MEBIBYTES << 20) {
            throw new IllegalStateException("only " + total + " bytes came through");
        }
    }

    private static void write(Sealer sealer, OutputStream pipe) {
        byte[] piece = new byte[PIECE.length];
        try (OutputStream out = sealer.sealing(pipe, PLACE)) {
            for (int i = 0; i < MEBIBYTES << 4; i++) {
                out.write(piece);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
