package dev.hardening.benchmarks;

import com.google.crypto.tink.Aead;
import dev.hardening.secrets.seal.SealContext;
import dev.hardening.secrets.seal.Sealer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** The first hundred messages of a process, sealed and opened, the making of the sealer included; per message. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SealColdBenchmark {
    private static final int CALLS = 100;

    @Param({"32", "16384", "1048576"})
    public int size;

    private final SealContext place = SealContext.of("user", "email", "4711");
    private final byte[] associated = "user/email/4711".getBytes(StandardCharsets.UTF_8);

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void cold_hardening(Blackhole hole) {
        Sealer sealer = SealPeers.hardening();
        for (int i = 0; i < CALLS; i++) {
            hole.consume(sealer.open(sealer.seal(new byte[size], place), place));
        }
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void cold_tinkEnvelope(Blackhole hole) throws GeneralSecurityException {
        Aead tink = SealPeers.tinkEnvelope();
        for (int i = 0; i < CALLS; i++) {
            hole.consume(tink.decrypt(tink.encrypt(new byte[size], associated), associated));
        }
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void cold_jcaWithoutKeyOfItsOwn(Blackhole hole) throws GeneralSecurityException {
        SealPeers.Jca jca = new SealPeers.Jca();
        for (int i = 0; i < CALLS; i++) {
            hole.consume(jca.open(jca.seal(new byte[size])));
        }
    }
}
