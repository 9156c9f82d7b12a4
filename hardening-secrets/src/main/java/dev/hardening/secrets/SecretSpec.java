package dev.hardening.secrets;

import java.util.Objects;

/**
 * How strong a generated secret is to be, and which symbols it is made of.
 *
 * <p>The strength is a floor: {@link #length} is the shortest text that reaches it, {@link #effectiveBits} says by how
 * much it is passed. Length in bits and strength are different things: 64 symbols of base64url are 512 bits long and
 * 384 strong (RFC 7518, section 3.2 asks for the second).
 *
 * @param bits the strength wanted, 128 (OWASP ASVS 5.0, 11.5.1) to 4096
 * @param alphabet the symbols
 */
public record SecretSpec(int bits, Alphabet alphabet) {
    private static final int MIN_BITS = 128;
    private static final int MAX_BITS = 4096;

    /**
     * Checks the range of the strength.
     *
     * @param bits 128 to 4096
     * @param alphabet the symbols
     */
    public SecretSpec {
        Objects.requireNonNull(alphabet, "alphabet");
        if (bits < MIN_BITS || bits > MAX_BITS) {
            throw new IllegalArgumentException("bits must be " + MIN_BITS + " to " + MAX_BITS + ", got " + bits);
        }
    }

    /**
     * 64 symbols of base64url, for a signing or session secret.
     *
     * @return a specification of 383 bits: the first symbol is never a dash, which costs 0.02 of the 384
     */
    public static SecretSpec token64() {
        return new SecretSpec(383, Alphabet.BASE64URL);
    }

    /**
     * 64 hexadecimal digits, exactly one AES-256 key.
     *
     * @return a specification of 256 bits
     */
    public static SecretSpec hex256() {
        return new SecretSpec(256, Alphabet.HEX);
    }

    /**
     * Counts the symbols of a secret of this kind.
     *
     * @return the smallest number of symbols that holds {@link #bits}
     */
    public int length() {
        double remaining = bits - alphabet.bitsOfLeading();
        return 1 + (int) Math.ceil(remaining / alphabet.bitsPerSymbol());
    }

    /**
     * Computes what an attacker has to guess.
     *
     * @return the strength reached, at least {@link #bits}
     */
    public double effectiveBits() {
        return alphabet.bitsOfLeading() + (length() - 1) * alphabet.bitsPerSymbol();
    }
}
