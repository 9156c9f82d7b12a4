package dev.hardening.secrets;

import dev.hardening.secrets.internal.HmacSha256;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.crypto.Mac;

/** HKDF with HMAC-SHA-256, RFC 5869; the JDK has none before 25. */
final class Hkdf {
    private static final int HASH_BYTES = 32;
    private static final int MAX_BYTES = 255 * HASH_BYTES;

    private Hkdf() {}

    static byte[] derive(byte[] input, byte[] salt, byte[] info, int length) {
        if (length < 1 || length > MAX_BYTES) {
            throw new IllegalArgumentException("length must be 1 to " + MAX_BYTES + ", got " + length);
        }
        byte[] extracted = extract(input, salt);
        try {
            return expand(extracted, info, length);
        } finally {
            Arrays.fill(extracted, (byte) 0);
        }
    }

    private static byte[] extract(byte[] input, byte[] salt) {
        return HmacSha256.keyed(salt.length == 0 ? new byte[HASH_BYTES] : salt).doFinal(input);
    }

    private static byte[] expand(byte[] extracted, byte[] info, int length) {
        Mac mac = HmacSha256.keyed(extracted);
        ByteBuffer output = ByteBuffer.allocate(length);
        byte[] block = new byte[0];
        for (int counter = 1; output.hasRemaining(); counter++) {
            mac.update(block);
            mac.update(info);
            mac.update((byte) counter);
            Arrays.fill(block, (byte) 0);
            block = mac.doFinal();
            output.put(block, 0, Math.min(HASH_BYTES, output.remaining()));
        }
        Arrays.fill(block, (byte) 0);
        return output.array();
    }
}
