package dev.hardening.secrets.keypair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SeededSecureRandom;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tries the well-known ways to break an RSA key: on ours, and on planted weak ones to see that they work. */
@Tag("slow")
@Tag("secrets:G5")
@Tag("ASVS-11.6.1")
class WeakRsaTest {
    private static final BigInteger EXPONENT = BigInteger.valueOf(65537);
    private static final int FERMAT_STEPS = 1_000;
    /** The primes by which the broken key generator of CVE-2017-15361 (ROCA) is recognized. */
    private static final List<Integer> MARKS =
            List.of(11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157);

    private final SecureRandom random = new SeededSecureRandom("weak RSA");

    @ParameterizedTest
    @EnumSource(names = {"RSA_3072", "RSA_4096"})
    void next_rsa_hasItsBitsAndResistsFermatAndIsNotMarked(KeyPairKind kind) {
        MadeKeyPair pair =
                KeyPairMaker.create(new SeededSecureRandom("sound " + kind)).next(kind);
        RSAPublicKey key = (RSAPublicKey) pair.publicKey();

        assertEquals(
                kind == KeyPairKind.RSA_3072 ? 3072 : 4096, key.getModulus().bitLength());
        assertEquals(EXPONENT, key.getPublicExponent());
        assertFalse(fermatFactors(key.getModulus()));
        assertFalse(marked(key.getModulus()));
        assertTrue(KeyPairMaker.sound(
                (RSAPrivateCrtKey) pair.privateKey(), key.getModulus().bitLength()));
    }

    /** Devices that start with too little randomness share primes; a common divisor gives both keys away. */
    @Test
    void next_severalRsa_haveNoCommonDivisor() {
        KeyPairMaker maker = KeyPairMaker.create(new SeededSecureRandom("several"));
        List<BigInteger> moduli = IntStream.range(0, 4)
                .mapToObj(i -> ((RSAPublicKey) maker.next(KeyPairKind.RSA_3072).publicKey()).getModulus())
                .toList();

        for (int one = 0; one < moduli.size(); one++) {
            for (int other = 0; other < one; other++) {
                assertEquals(BigInteger.ONE, moduli.get(one).gcd(moduli.get(other)));
            }
        }
    }

    /** The Debian generator of 2008 knew 32,767 states: a key must depend on far more than that. */
    @ParameterizedTest
    @EnumSource
    void next_anyKind_takesAtLeast256BitsFromTheSource(KeyPairKind kind) {
        int[] taken = {0};
        SecureRandom stream = new SeededSecureRandom("counted " + kind);
        SecureRandom counted = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                stream.nextBytes(bytes);
                taken[0] += bytes.length;
            }
        };

        KeyPairMaker.create(counted).next(kind);

        assertTrue(taken[0] >= 32, () -> taken[0] + " bytes");
    }

    @Test
    void sound_primesCloseTogether_isNotAndFermatFindsThem() throws GeneralSecurityException {
        BigInteger p = BigInteger.probablePrime(1536, random).setBit(1534).nextProbablePrime();
        BigInteger q = p.add(BigInteger.TWO.pow(600)).nextProbablePrime();

        assertTrue(fermatFactors(p.multiply(q)));
        assertFalse(KeyPairMaker.sound(key(p, q, EXPONENT), 3072));
    }

    @Test
    void sound_otherExponentOrSize_isNot() throws GeneralSecurityException {
        BigInteger p = BigInteger.probablePrime(512, random).setBit(510).nextProbablePrime();
        BigInteger q = BigInteger.probablePrime(512, random).setBit(510).nextProbablePrime();
        int bits = p.multiply(q).bitLength();

        assertTrue(KeyPairMaker.sound(key(p, q, EXPONENT), bits));
        assertFalse(KeyPairMaker.sound(key(p, q, BigInteger.valueOf(257)), bits));
        assertFalse(KeyPairMaker.sound(key(p, q, EXPONENT), bits + 1));
        assertFalse(KeyPairMaker.sound(key(p, q, EXPONENT), bits - 1));
    }

    @Test
    void marked_primesOfTheRocaForm_areRecognized() {
        BigInteger product = MARKS.stream().map(BigInteger::valueOf).reduce(BigInteger.ONE, BigInteger::multiply);

        assertTrue(marked(rocaPrime(product).multiply(rocaPrime(product))));
    }

    private BigInteger rocaPrime(BigInteger product) {
        while (true) {
            BigInteger power = EXPONENT.modPow(new BigInteger(40, random), product);
            BigInteger candidate = new BigInteger(400, random).multiply(product).add(power);
            if (candidate.isProbablePrime(40)) {
                return candidate;
            }
        }
    }

    /** Marked means: by each prime, the modulus leaves a power of 65537. */
    private static boolean marked(BigInteger modulus) {
        return MARKS.stream().allMatch(prime -> {
            int rest = modulus.mod(BigInteger.valueOf(prime)).intValue();
            int power = 1;
            for (int i = 0; i < prime; i++) {
                if (power == rest) {
                    return true;
                }
                power = power * (65537 % prime) % prime;
            }
            return false;
        });
    }

    private static boolean fermatFactors(BigInteger modulus) {
        BigInteger middle = modulus.sqrt();
        if (!middle.multiply(middle).equals(modulus)) {
            middle = middle.add(BigInteger.ONE);
        }
        for (int step = 0; step < FERMAT_STEPS; step++) {
            BigInteger square = middle.multiply(middle).subtract(modulus);
            BigInteger root = square.sqrt();
            if (root.multiply(root).equals(square)) {
                return true;
            }
            middle = middle.add(BigInteger.ONE);
        }
        return false;
    }

    private static RSAPrivateCrtKey key(BigInteger p, BigInteger q, BigInteger e) throws GeneralSecurityException {
        BigInteger one = BigInteger.ONE;
        BigInteger d = e.modInverse(p.subtract(one).multiply(q.subtract(one)));
        RSAPrivateCrtKeySpec spec = new RSAPrivateCrtKeySpec(
                p.multiply(q), e, d, p, q, d.mod(p.subtract(one)), d.mod(q.subtract(one)), q.modInverse(p));
        return (RSAPrivateCrtKey) KeyFactory.getInstance("RSA").generatePrivate(spec);
    }
}
