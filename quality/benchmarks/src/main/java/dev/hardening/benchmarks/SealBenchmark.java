package dev.hardening.benchmarks;

import com.google.crypto.tink.Aead;
import dev.hardening.secrets.seal.Opening;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import java.nio.charset.StandardCharsets;
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

/** One message sealed and opened, with a place of three parts or, for Tink, as associated data. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealBenchmark {
    @Param({"32", "1024", "16384", "65536", "1048576"})
    public int size;

    private final SealContext place = SealContext.of("user", "email", "4711");
    private final byte[] associated = "user/email/4711".getBytes(StandardCharsets.UTF_8);
    private Sealer sealer;
    private Aead tink;
    private SealPeers.Jca jca;
    private byte[] plain;
    private byte[] sealedByHardening;
    private byte[] sealedByTink;
    private byte[] sealedByJca;

    @Setup
    public void prepare() throws GeneralSecurityException {
        sealer = SealPeers.hardening();
        tink = SealPeers.tinkEnvelope();
        jca = new SealPeers.Jca();
        plain = new byte[size];
        sealedByHardening = sealer.seal(plain, place);
        sealedByTink = tink.encrypt(plain, associated);
        sealedByJca = jca.seal(plain);
    }

    @Benchmark
    public byte[] seal_hardening() {
        return sealer.seal(plain, place);
    }

    @Benchmark
    public byte[] seal_tinkEnvelope() throws GeneralSecurityException {
        return tink.encrypt(plain, associated);
    }

    @Benchmark
    public byte[] seal_jcaWithoutKeyOfItsOwn() throws GeneralSecurityException {
        return jca.seal(plain);
    }

    @Benchmark
    public Opening<byte[]> open_hardening() {
        return sealer.open(sealedByHardening, place);
    }

    @Benchmark
    public byte[] open_tinkEnvelope() throws GeneralSecurityException {
        return tink.decrypt(sealedByTink, associated);
    }

    @Benchmark
    public byte[] open_jcaWithoutKeyOfItsOwn() throws GeneralSecurityException {
        return jca.open(sealedByJca);
    }
}
