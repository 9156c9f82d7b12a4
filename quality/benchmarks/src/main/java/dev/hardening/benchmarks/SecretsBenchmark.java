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

/**
 * Secrets of 64 characters and of eleven words, from the same kind of source.
 *
 * <p>{@code nextBytes} rows are the random bytes alone: as many as the secret has characters, and as many as it holds.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SecretsBenchmark {
    private static final char[] ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".toCharArray();

    private final SecureRandom random = new SecureRandom();
    private final SecretGenerator generator = SecretGenerator.create(new SecureRandom());
    private final SecretSpec spec = SecretSpec.token64();
    private final SecretSpec hex = SecretSpec.hex256();
    private final SecretSpec words = SecretSpec.words(128);
    private final RandomStringGenerator commons = RandomStringGenerator.builder()
            .selectFrom(ALPHABET)
            .usingRandom(random::nextInt)
            .get();

    @Benchmark
    public Secret token64_hardening() {
        return generator.next(spec);
    }

    @Benchmark
    public byte[] token64_nextBytes64() {
        byte[] bytes = new byte[64];
        random.nextBytes(bytes);
        return bytes;
    }

    @Benchmark
    public byte[] token64_nextBytes48() {
        byte[] bytes = new byte[48];
        random.nextBytes(bytes);
        return bytes;
    }

    @Benchmark
    public String token64_nextIntForEach() {
        char[] text = new char[64];
        for (int at = 0; at < text.length; at++) {
            text[at] = ALPHABET[random.nextInt(ALPHABET.length)];
        }
        return new String(text);
    }

    @Benchmark
    public Secret hex256_hardening() {
        return generator.next(hex);
    }

    @Benchmark
    public byte[] hex256_nextBytes64() {
        byte[] bytes = new byte[64];
        random.nextBytes(bytes);
        return bytes;
    }

    @Benchmark
    public Secret words128_hardening() {
        return generator.next(words);
    }

    @Benchmark
    public byte[] words128_nextBytes17() {
        byte[] bytes = new byte[17];
        random.nextBytes(bytes);
        return bytes;
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
