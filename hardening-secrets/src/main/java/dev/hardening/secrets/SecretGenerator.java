package dev.hardening.secrets;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Makes secrets that nobody can guess, every symbol or word equally likely.
 *
 * <p>They are drawn by masking and rejecting, never by a remainder, which would favour the first ones. The first
 * symbol is never a dash. A secret that equals one of the last 256 made here means a broken random source (at 128 bits
 * it does not happen otherwise) and ends in {@link SecretsUnavailableException} instead of a second copy.
 *
 * <p>Safe for many threads; may block as long as the random source does.
 */
public final class SecretGenerator {
    private static final byte SEPARATOR = '-';

    private final SecureRandom random;
    private final RecentSecrets recent = new RecentSecrets();

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
     * @param spec strength, and symbols or words
     * @return a new secret, the caller's to close
     * @throws SecretsUnavailableException if the random source repeats itself or is stuck
     */
    public Secret next(SecretSpec spec) {
        Objects.requireNonNull(spec, "spec");
        byte[] text = spec instanceof SecretSpec.Words words ? passphrase(words) : symbols((SecretSpec.Symbols) spec);
        if (!recent.add(text)) {
            Arrays.fill(text, (byte) 0);
            throw new SecretsUnavailableException(
                    "the random source " + random.getAlgorithm() + " made the same secret twice");
        }
        return Secret.of(text);
    }

    private byte[] symbols(SecretSpec.Symbols spec) {
        byte[] symbols = spec.alphabet().bytes();
        String leading = spec.alphabet().leading();
        byte[] text = new byte[spec.length()];
        Draw draw = new Draw(random, symbols.length, text.length);
        text[0] = (byte) leading.charAt(draw.next(leading.length()));
        draw.fill(text, 1, symbols);
        draw.wipe();
        return text;
    }

    private byte[] passphrase(SecretSpec.Words spec) {
        byte[] text = new byte[spec.strength().longest()];
        Draw draw = new Draw(random, WordList.SIZE, spec.count());
        int length = 0;
        for (int word = 0; word < spec.count(); word++) {
            if (word > 0) {
                text[length++] = SEPARATOR;
            }
            byte[] letters = WordList.word(draw.next());
            System.arraycopy(letters, 0, text, length, letters.length);
            length += letters.length;
        }
        draw.wipe();
        byte[] exact = Arrays.copyOf(text, length);
        Arrays.fill(text, (byte) 0);
        return exact;
    }
}
