package dev.hardening.benchmarks;

import com.google.crypto.tink.StreamingAead;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A stream of so many MiB, written in pieces of 64 KiB to nowhere, and read from a file. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealStreamBenchmark {
    @Param({"1024"})
    public int mebibytes;

    private final SealContext place = SealContext.of("backup", "4711");
    private final byte[] associated = "backup/4711".getBytes(StandardCharsets.UTF_8);
    private final byte[] piece = new byte[64 * 1024];
    private Sealer sealer;
    private StreamingAead tink;
    private Path sealedByHardening;
    private Path sealedByTink;

    @Setup
    public void prepare() throws GeneralSecurityException, IOException {
        sealer = SealPeers.hardening();
        tink = SealPeers.tinkStreams();
        sealedByHardening = Files.createTempFile("hardening", ".sealed");
        sealedByTink = Files.createTempFile("tink", ".sealed");
        try (OutputStream out = sealer.sealing(Files.newOutputStream(sealedByHardening), place)) {
            fill(out);
        }
        try (OutputStream out =
                tink.newEncryptingStream(new BufferedOutputStream(Files.newOutputStream(sealedByTink)), associated)) {
            fill(out);
        }
    }

    @TearDown
    public void clean() throws IOException {
        Files.delete(sealedByHardening);
        Files.delete(sealedByTink);
    }

    private void fill(OutputStream out) throws IOException {
        for (int i = 0; i < mebibytes * 16; i++) {
            out.write(piece);
        }
    }

    private long drain(InputStream in) throws IOException {
        long total = 0;
        for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
            total += read;
        }
        return total;
    }

    @Benchmark
    public void sealing_hardening() throws IOException {
        try (OutputStream out = sealer.sealing(OutputStream.nullOutputStream(), place)) {
            fill(out);
        }
    }

    @Benchmark
    public void sealing_tinkStreaming() throws GeneralSecurityException, IOException {
        try (OutputStream out = tink.newEncryptingStream(OutputStream.nullOutputStream(), associated)) {
            fill(out);
        }
    }

    @Benchmark
    public long opening_hardening() throws IOException {
        try (InputStream in = sealer.opening(Files.newInputStream(sealedByHardening), place)) {
            return drain(in);
        }
    }

    @Benchmark
    public long opening_tinkStreaming() throws GeneralSecurityException, IOException {
        try (InputStream in =
                tink.newDecryptingStream(new BufferedInputStream(Files.newInputStream(sealedByTink)), associated)) {
            return drain(in);
        }
    }
}
