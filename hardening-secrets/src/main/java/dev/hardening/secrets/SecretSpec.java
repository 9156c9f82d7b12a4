package dev.hardening.secrets;

import java.util.Objects;

/**
 * How strong a generated secret is to be, and what it is made of: {@link Symbols} or {@link Words}.
 *
 * <p>The strength asked for is a floor: the shortest secret that reaches it is made, and {@link #strength} says how long
 * that is and by how much the floor is passed. Length in bits and strength are different things: 64 symbols of base64url
 * are 512 bits long and 384 strong (RFC 7518, section 3.2 asks for the second).
 */
public sealed interface SecretSpec {
    /**
     * 64 symbols of base64url, for a signing or session secret.
     *
     * @return a specification of 383 bits: the first symbol is never a dash, which costs 0.02 of the 384
     */
    static SecretSpec token64() {
        return of(383, Alphabet.BASE64URL);
    }

    /**
     * 64 hexadecimal digits, exactly one AES-256 key.
     *
     * @return a specification of 256 bits
     */
    static SecretSpec hex256() {
        return of(256, Alphabet.HEX);
    }

    /**
     * Symbols of one alphabet.
     *
     * @param bits the strength wanted, 128 (OWASP ASVS 5.0, 11.5.1) to 4096
     * @param alphabet the symbols
     * @return the specification
     * @throws IllegalArgumentException if {@code bits} is out of range
     */
    static SecretSpec of(int bits, Alphabet alphabet) {
        return new Symbols(bits, alphabet);
    }

    /**
     * A passphrase, for what people remember or read to each other.
     *
     * @param bits the strength wanted, 128 to 4096; 128 are eleven words
     * @return the specification
     * @throws IllegalArgumentException if {@code bits} is out of range
     */
    static SecretSpec words(int bits) {
        return new Words(bits);
    }

    /**
     * Tells what was asked for.
     *
     * @return the strength wanted
     */
    int bits();

    /**
     * Tells what a secret of this kind has.
     *
     * @return length and strength, to be reported together
     */
    Strength strength();

    /**
     * Symbols of one alphabet, all equally likely; the first is never a dash.
     *
     * @param bits the strength wanted, 128 to 4096
     * @param alphabet the symbols
     */
    record Symbols(int bits, Alphabet alphabet) implements SecretSpec {
        /**
         * Checks the range of the strength.
         *
         * @param bits 128 to 4096
         * @param alphabet the symbols
         */
        public Symbols {
            Objects.requireNonNull(alphabet, "alphabet");
            Strength.check(bits);
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

        @Override
        public Strength strength() {
            int length = length();
            return new Strength(length, length, alphabet.bitsOfLeading() + (length - 1) * alphabet.bitsPerSymbol());
        }
    }

    /**
     * Words of a list of 3328, all equally likely, with a dash between them.
     *
     * <p>The words are English, of three to nine lower-case letters. None begins another one, and no single slip (a
     * letter wrong, missing, too many, or two in the wrong order) makes one out of another. The separator means nothing
     * to a shell or an env file, and no letter of it counts as strength.
     *
     * @param bits the strength wanted, 128 to 4096
     */
    record Words(int bits) implements SecretSpec {
        /**
         * Checks the range of the strength.
         *
         * @param bits 128 to 4096
         */
        public Words {
            Strength.check(bits);
        }

        /**
         * Counts the words of a passphrase of this kind.
         *
         * @return the smallest number of words that holds {@link #bits}
         */
        public int count() {
            return (int) Math.ceil(bits / WordList.bitsPerWord());
        }

        @Override
        public Strength strength() {
            int separators = count() - 1;
            return new Strength(
                    count() * WordList.SHORTEST + separators,
                    count() * WordList.LONGEST + separators,
                    count() * WordList.bitsPerWord());
        }
    }

    /**
     * How long a secret is and how strong, which a report must not mix up.
     *
     * @param shortest the fewest characters, one byte each
     * @param longest the most characters
     * @param effectiveBits what an attacker has to guess, in bits
     */
    record Strength(int shortest, int longest, double effectiveBits) {
        private static final int MIN_BITS = 128;
        private static final int MAX_BITS = 4096;

        /**
         * Checks that there is something.
         *
         * @param shortest at least 1
         * @param longest not below {@code shortest}
         * @param effectiveBits above 0
         */
        public Strength {
            if (shortest < 1 || longest < shortest || !(effectiveBits > 0)) {
                throw new IllegalArgumentException(
                        "no strength: " + shortest + " to " + longest + " characters, " + effectiveBits + " bits");
            }
        }

        static void check(int bits) {
            if (bits < MIN_BITS || bits > MAX_BITS) {
                throw new IllegalArgumentException("bits must be " + MIN_BITS + " to " + MAX_BITS + ", got " + bits);
            }
        }

        /**
         * Counts the bits that the shortest secret occupies, which is what a minimum key length of a library looks at.
         *
         * @return eight times {@link #shortest}
         */
        public int lengthInBits() {
            return shortest * Byte.SIZE;
        }

        /**
         * Prints both, for a report.
         *
         * @return such as {@code 64 characters, 512 bits long, 383.9 bits strong}; the strength is rounded down
         */
        @Override
        public String toString() {
            String characters = shortest == longest ? "" + shortest : shortest + " to " + longest;
            return characters + " characters, " + (shortest == longest ? "" : "at least ") + lengthInBits()
                    + " bits long, " + Math.floor(effectiveBits * 10) / 10 + " bits strong";
        }
    }
}
