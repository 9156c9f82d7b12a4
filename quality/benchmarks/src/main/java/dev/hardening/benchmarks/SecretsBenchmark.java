package dev.hardening.benchmarks;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretGenerator;
import dev.hardening.secrets.SecretSpec;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.apache.commons.text.RandomStringGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A secret of 64 characters out of 64, from the same kind of source. The raw row is 48 bytes and their base64url. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SecretsBenchmark {
    private static final char[] ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".toCharArray();

    private final SecureRandom random = new SecureRandom();
    private final SecretGenerator generator = SecretGenerator.create(new SecureRandom());
    private final SecretSpec spec = SecretSpec.token64();
    private final RandomStringGenerator commons = RandomStringGenerator.builder()
            .selectFrom(ALPHABET)
            .usingRandom(random::nextInt)
            .get();

    @Benchmark
    public Secret token64_hardening() {
        return generator.next(spec);
    }

    @Benchmark
    public String token64_rawBytesAsBase64() {
        byte[] bytes = new byte[48];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Benchmark
    public String token64_commonsText() {
        return commons.generate(64);
    }
}
