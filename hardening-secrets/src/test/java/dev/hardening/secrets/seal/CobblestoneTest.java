package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The format is the published one: another implementation makes the same bytes. */
class CobblestoneTest {
    static List<Vector> vectors() {
        return Vector.all();
    }

    @Test
    void vectors_always_coverEverySideOfAChunk() {
        List<Integer> lengths = vectors().stream().map(Vector::length).toList();

        assertTrue(lengths.containsAll(List.of(0, 1, 16383, 16384, 16385, 32767, 32768, 32769, 1048576)));
    }

    @Tag("secrets:E2")
    @ParameterizedTest
    @MethodSource("vectors")
    void seal_saltOfTheVector_givesItsBytes(Vector vector) throws Exception {
        byte[] message = new FixedKeys(vector.keyId(), vector.key())
                .sealer(vector.salt())
                .seal(vector.plain(), vector.context());

        assertArrayEquals(vector.preamble(), Arrays.copyOf(message, SealFormat.PREAMBLE));
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(message);
        assertEquals(vector.sha256(), HexFormat.of().formatHex(hash));
    }

    @Tag("secrets:E2")
    @ParameterizedTest
    @MethodSource("vectors")
    void open_messageOfTheVector_givesItsPlainText(Vector vector) {
        Sealer sealer = new FixedKeys(vector.keyId(), vector.key()).sealer(vector.salt());
        byte[] message = vector.whole().length > 0 ? vector.whole() : sealer.seal(vector.plain(), vector.context());

        assertArrayEquals(
                vector.plain(), sealer.open(message, vector.context()).value().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 32, 64, 127, 128})
    void expand_keysUpToABlock_isHkdfExpandOfTheJdksMac(int length) throws Exception {
        byte[] key = Vector.plain(length);
        byte[] info = Vector.plain(150);

        byte[] expanded = new ExpandKey(key).expand(info.clone());

        Mac mac = Mac.getInstance("HmacSHA512");
        mac.init(new SecretKeySpec(length == 0 ? new byte[1] : key, "HmacSHA512"));
        mac.update(info, 0, info.length - 1);
        byte[] first = mac.doFinal(new byte[] {1});
        mac.update(first);
        mac.update(info, 0, info.length - 1);
        byte[] second = mac.doFinal(new byte[] {2});
        assertArrayEquals(first, Arrays.copyOf(expanded, ExpandKey.HASH));
        assertArrayEquals(second, Arrays.copyOfRange(expanded, ExpandKey.HASH, expanded.length));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 255, 256, 65535, 1L << 31, (1L << 38) - 1})
    void nonce_numberOfAChunk_isTheBaseExclusiveOrTheNumber(long number) {
        MessageKey key = MessageKey.derive(new ExpandKey(new byte[32]), new byte[24], 0);

        BigInteger base = new BigInteger(1, key.nonce(0).getIV());
        BigInteger nonce = new BigInteger(1, key.nonce(number).getIV());

        assertEquals(BigInteger.valueOf(number), base.xor(nonce));
    }
}
