package dev.hardening.ratelimit;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** HMAC with SHA-256 (RFC 2104) under one key and for one purpose; safe for many threads. */
final class KeyedHash {
    static final int BYTES = 32;
    private static final String ALGORITHM = "HmacSHA256";
    private static final int FEWEST_KEY_BYTES = 32;

    private final SecretKey key;
    private final Mac ready;
    private final byte[] purpose;

    KeyedHash(byte[] key, byte[] purpose) {
        this.key = new SecretKeySpec(key, ALGORITHM);
        this.ready = keyed(this.key);
        this.purpose = part(purpose);
    }

    /** What is wrong with a key, in words that do not tell it, or nothing. */
    static String fault(byte[] key) {
        if (key.length < FEWEST_KEY_BYTES) {
            return "must have at least " + FEWEST_KEY_BYTES + " bytes, got " + key.length;
        }
        byte[] repeated = new byte[key.length];
        Arrays.fill(repeated, key[0]);
        return Arrays.equals(repeated, key) ? "must be random, got one byte repeated" : "";
    }

    /** The code over the parts, each with its length, so that no two lists of parts are one text. */
    byte[] of(byte[]... parts) {
        Mac mac = fresh();
        mac.update(purpose);
        for (byte[] part : parts) {
            mac.update(length(part));
            mac.update(part);
        }
        return mac.doFinal();
    }

    /** A copy of a keyed code costs a fraction of keying one. */
    private Mac fresh() {
        try {
            return (Mac) ready.clone();
        } catch (CloneNotSupportedException notThisProvider) {
            return keyed(key);
        }
    }

    private static byte[] part(byte[] bytes) {
        return ByteBuffer.allocate(Integer.BYTES + bytes.length)
                .put(length(bytes))
                .put(bytes)
                .array();
    }

    private static byte[] length(byte[] bytes) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array();
    }

    private static Mac keyed(SecretKey key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has " + ALGORITHM, missing);
        }
    }
}
