package dev.hardening.secrets.keypair;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.List;
import java.util.Objects;

/**
 * Makes key pairs with the generators of the JDK, and checks what an RSA generator may get wrong.
 *
 * <p>An RSA pair has exactly the bits of its kind, the exponent 65537, and primes that are further apart than
 * 2<sup>bits/2-100</sup> (NIST FIPS 186-5, A.1.3), so that Fermat's method does not find them.
 *
 * <p>Safe for many threads. An RSA pair takes seconds, the others milliseconds.
 */
public final class KeyPairMaker {
    private static final int LEAST_DISTANCE = 100;

    private final SecureRandom random;

    private KeyPairMaker(SecureRandom random) {
        this.random = random;
    }

    /**
     * Makes a maker of key pairs.
     *
     * @param random the only source of randomness; {@code new SecureRandom()} is right on every platform
     * @return the maker
     * @throws SecretsConfigurationException if {@code random} is SHA1PRNG, which repeats itself when it is seeded by
     *     hand
     */
    public static KeyPairMaker create(SecureRandom random) {
        Objects.requireNonNull(random, "random");
        if ("SHA1PRNG".equalsIgnoreCase(random.getAlgorithm())) {
            throw new SecretsConfigurationException(List.of(
                    "random must not be SHA1PRNG; use new SecureRandom() or SecureRandom.getInstance(\"DRBG\")"));
        }
        return new KeyPairMaker(random);
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
     * Makes the next pair.
     *
     * @param kind what it is to be
     * @return a new pair, the caller's to close
     * @throws SecretsUnavailableException if the generator of the platform made an RSA pair that is weak
     */
    public MadeKeyPair next(KeyPairKind kind) {
        Objects.requireNonNull(kind, "kind");
        KeyPair pair = generate(kind);
        if (pair.getPrivate() instanceof RSAPrivateCrtKey rsa
                && !sound(rsa, ((RSAKeyGenParameterSpec) kind.parameters()).getKeysize())) {
            throw new SecretsUnavailableException("the RSA generator of this platform made a weak key pair");
        }
        return new MadeKeyPair(kind, pair);
    }

    private KeyPair generate(KeyPairKind kind) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.algorithm());
            generator.initialize(kind.parameters(), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException missing) {
            throw new SecretsUnavailableException("this platform makes no key pairs of kind " + kind, missing);
        }
    }

    static boolean sound(RSAPrivateCrtKey key, int bits) {
        BigInteger distance = key.getPrimeP().subtract(key.getPrimeQ()).abs();
        return key.getModulus().bitLength() == bits
                && key.getPublicExponent().equals(RSAKeyGenParameterSpec.F4)
                && key.getPrimeP().multiply(key.getPrimeQ()).equals(key.getModulus())
                && distance.bitLength() > bits / 2 - LEAST_DISTANCE;
    }
}
