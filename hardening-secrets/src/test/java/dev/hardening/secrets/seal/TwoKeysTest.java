package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The invisible salamander: AES-GCM alone does not say which key it was sealed with. The tag is a polynomial of the
 * ciphertext, so one free block can be chosen such that one ciphertext has the right tag under two keys; two people who
 * hold different keys then read different, genuine texts. The commitment in front of the chunks is what prevents it.
 */
class TwoKeysTest {
    private static final SealContext PLACE = SealContext.of("evidence", "7");
    private static final int BLOCK = 16;
    private static final BigInteger REDUCTION = BigInteger.ONE.shiftLeft(128).or(BigInteger.valueOf(0x87));

    private final byte[] keyA = filled(32, 1);
    private final byte[] keyB = filled(32, 2);

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Tag("secrets:A5")
    @Tag("ASVS-11.3.5")
    @Test
    void open_ciphertextOfTwoKeys_isRefusedThoughBothTagsAreRight() throws GeneralSecurityException {
        byte[] begin = new FixedKeys("aa".repeat(8), keyA).sealer(new byte[24]).seal(new byte[0], PLACE);
        MessageKey messageA = new SealKey("aa".repeat(8), keyA).message(begin, PLACE);
        MessageKey messageB = new SealKey("aa".repeat(8), keyB).message(begin, PLACE);

        byte[] chunk = salamander(messageA, messageB);

        assertEquals(32, plain(messageA, chunk).length);
        assertEquals(32, plain(messageB, chunk).length);
        byte[] message = Arrays.copyOf(begin, SealFormat.PREAMBLE + chunk.length);
        System.arraycopy(chunk, 0, message, SealFormat.PREAMBLE, chunk.length);
        assertTrue(new FixedKeys("aa".repeat(8), keyA)
                .sealer(new byte[24])
                .open(message, PLACE)
                .value()
                .isPresent());
        assertTrue(new FixedKeys("aa".repeat(8), keyB)
                .sealer(new byte[24])
                .open(message, PLACE)
                .value()
                .isEmpty());
        messageB.writeCommitment(message, SealFormat.HEADER + SealFormat.SALT);
        assertTrue(new FixedKeys("aa".repeat(8), keyB)
                .sealer(new byte[24])
                .open(message, PLACE)
                .value()
                .isPresent());
        assertTrue(new FixedKeys("aa".repeat(8), keyA)
                .sealer(new byte[24])
                .open(message, PLACE)
                .value()
                .isEmpty());
    }

    private static byte[] plain(MessageKey key, byte[] chunk) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, key.key(), key.nonce(0));
        return cipher.doFinal(chunk);
    }

    /**
     * Two blocks c1 c2 and a tag t. Under either key t = c1 h^3 + c2 h^2 + length h + s, where h is the cipher of zero
     * and s that of the first counter. With c1 given, both equations hold for c2 = (the sum of all the rest under both
     * keys) / (hA^2 + hB^2).
     */
    private static byte[] salamander(MessageKey a, MessageKey b) throws GeneralSecurityException {
        BigInteger first = element(filled(BLOCK, 0x5a));
        BigInteger known = rest(a, first).xor(rest(b, first));
        BigInteger hashA = hash(a);
        BigInteger hashB = hash(b);
        BigInteger second = times(known, inverse(times(hashA, hashA).xor(times(hashB, hashB))));
        BigInteger tag = rest(a, first).xor(times(second, times(hashA, hashA)));
        byte[] chunk = new byte[3 * BLOCK];
        System.arraycopy(block(first), 0, chunk, 0, BLOCK);
        System.arraycopy(block(second), 0, chunk, BLOCK, BLOCK);
        System.arraycopy(block(tag), 0, chunk, 2 * BLOCK, BLOCK);
        return chunk;
    }

    private static BigInteger rest(MessageKey key, BigInteger first) throws GeneralSecurityException {
        BigInteger hash = hash(key);
        byte[] lengths = new byte[BLOCK];
        lengths[BLOCK - 1] = 0;
        lengths[BLOCK - 2] = 1;
        byte[] counter = Arrays.copyOf(nonce(key), BLOCK);
        counter[BLOCK - 1] = 1;
        return times(first, times(hash, times(hash, hash)))
                .xor(times(element(lengths), hash))
                .xor(element(aes(key, counter)));
    }

    private static BigInteger hash(MessageKey key) throws GeneralSecurityException {
        return element(aes(key, new byte[BLOCK]));
    }

    private static byte[] nonce(MessageKey key) {
        GCMParameterSpec nonce = key.nonce(0);
        return nonce.getIV();
    }

    private static byte[] aes(MessageKey key, byte[] input) throws GeneralSecurityException {
        SecretKeySpec spec = key.key();
        Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, spec);
        return cipher.doFinal(input);
    }

    /** GCM writes the lowest coefficient first: bit 0 of byte 0, from the left. */
    private static BigInteger element(byte[] block) {
        BigInteger element = BigInteger.ZERO;
        for (int i = 0; i < 8 * BLOCK; i++) {
            if ((block[i / 8] & (0x80 >>> i % 8)) != 0) {
                element = element.setBit(i);
            }
        }
        return element;
    }

    private static byte[] block(BigInteger element) {
        byte[] block = new byte[BLOCK];
        for (int i = 0; i < 8 * BLOCK; i++) {
            if (element.testBit(i)) {
                block[i / 8] |= (byte) (0x80 >>> i % 8);
            }
        }
        return block;
    }

    private static BigInteger times(BigInteger left, BigInteger right) {
        BigInteger product = BigInteger.ZERO;
        for (int i = 127; i >= 0; i--) {
            product = product.shiftLeft(1);
            if (product.testBit(128)) {
                product = product.xor(REDUCTION);
            }
            if (right.testBit(i)) {
                product = product.xor(left);
            }
        }
        return product;
    }

    /** The field has 2^128 elements, so the inverse is the power 2^128 - 2. */
    private static BigInteger inverse(BigInteger element) {
        BigInteger power = BigInteger.ONE;
        for (int i = 0; i < 127; i++) {
            power = times(times(power, power), element);
        }
        return times(power, power);
    }
}
