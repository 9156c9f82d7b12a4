package dev.hardening.secrets;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;

/**
 * Makes secrets that nobody can guess, every symbol equally likely.
 *
 * <p>Symbols are drawn by masking and rejecting, never by a remainder, which would favour the first ones. The first
 * symbol is never a dash. A secret that equals one of the last 256 made here means a broken random source (at 128 bits
 * it does not happen otherwise) and ends in {@link SecretsUnavailableException} instead of a second copy.
 *
 * <p>Safe for many threads; may block as long as the random source does.
 */
public final class SecretGenerator {
    private static final int REMEMBERED = 256;

    private final SecureRandom random;
    private final Deque<byte[]> recent = new ArrayDeque<>();

    private SecretGenerator(SecureRandom random) {
        this.random = random;
    }

    /**
     * Makes a generator.
     *
     * @param random the only source of randomness; {@code new SecureRandom()} is right on every platform
     * @return the generator
     * @throws SecretsConfigurationException if {@code random} is SHA1PRNG, which is no DRBG of NIST SP 800-90A and
     *     repeats itself when it is seeded by hand
     */
    public static SecretGenerator create(SecureRandom random) {
        Objects.requireNonNull(random, "random");
        if ("SHA1PRNG".equalsIgnoreCase(random.getAlgorithm())) {
            throw new SecretsConfigurationException(List.of(
                    "random must not be SHA1PRNG; use new SecureRandom() or SecureRandom.getInstance(\"DRBG\")"));
        }
        return new SecretGenerator(random);
    }

    /**
     * Names the random source, for a report.
     *
     * @return the algorithm of the {@link SecureRandom}, such as {@code NativePRNG}
     */
    public String source() {
        return random.getAlgorithm();
    }

    /**
     * Makes the next secret.
     *
     * @param spec strength and symbols
     * @return a new secret, the caller's to close
     * @throws SecretsUnavailableException if the random source repeats itself
     */
    public Secret next(SecretSpec spec) {
        Objects.requireNonNull(spec, "spec");
        byte[] text = new byte[spec.length()];
        fill(text, 0, 1, spec.alphabet().leading());
        fill(text, 1, text.length, spec.alphabet().symbols());
        remember(text);
        return Secret.of(text);
    }

    private void fill(byte[] text, int from, int to, String symbols) {
        byte[] table = symbols.getBytes(StandardCharsets.US_ASCII);
        Draw draw = new Draw(random, table.length);
        for (int at = from; at < to; at++) {
            text[at] = table[draw.next()];
        }
        draw.wipe();
    }

    private void remember(byte[] text) {
        byte[] fingerprint = sha256(text);
        synchronized (recent) {
            if (recent.stream().anyMatch(earlier -> MessageDigest.isEqual(earlier, fingerprint))) {
                Arrays.fill(text, (byte) 0);
                throw new SecretsUnavailableException(
                        "the random source " + random.getAlgorithm() + " made the same secret twice");
            }
            recent.addLast(fingerprint);
            if (recent.size() > REMEMBERED) {
                recent.removeFirst();
            }
        }
    }

    private static byte[] sha256(byte[] text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java runtime has SHA-256", missing);
        }
    }
}
