package dev.hardening.secrets.seal;

import java.security.DigestException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * HKDF-Expand with HMAC-SHA-512 (RFC 5869, section 2.3) under one key, for at most two blocks.
 *
 * <p>HMAC hashes a padded key before the message and another before the result. A {@code Mac} of the JDK does both for
 * every message; here the two states are kept and cloned, which saves four blocks a message. The states stand for the key,
 * so they live no longer than the ring accepts it. Immutable after it is made; safe for many threads.
 */
final class ExpandKey {
    static final int HASH = 64;
    private static final int BLOCK = 128;
    private static final byte INNER_PAD = 0x36;
    private static final byte OUTER_PAD = 0x5c;

    private final MessageDigest inner;
    private final MessageDigest outer;

    /**
     * @param key at most one block of the hash
     */
    ExpandKey(byte[] key) {
        if (key.length > BLOCK) {
            throw new IllegalArgumentException("key must have at most " + BLOCK + " bytes, got " + key.length);
        }
        inner = padded(key, INNER_PAD);
        outer = padded(key, OUTER_PAD);
    }

    /**
     * Makes two blocks of output.
     *
     * @param info what the output is for, with one spare byte at the end, which is overwritten
     */
    byte[] expand(byte[] info) {
        byte[] output = new byte[2 * HASH];
        info[info.length - 1] = 1;
        mac(0, info, output, 0);
        info[info.length - 1] = 2;
        mac(HASH, info, output, HASH);
        return output;
    }

    /** HMAC of the first {@code before} bytes of the output and of {@code info}, written behind them. */
    private void mac(int before, byte[] info, byte[] output, int at) {
        try {
            MessageDigest message = (MessageDigest) inner.clone();
            message.update(output, 0, before);
            message.update(info);
            message.digest(output, at, HASH);
            MessageDigest result = (MessageDigest) outer.clone();
            result.update(output, at, HASH);
            result.digest(output, at, HASH);
        } catch (CloneNotSupportedException | DigestException impossible) {
            throw new IllegalStateException("SHA-512 of this Java runtime cannot be cloned", impossible);
        }
    }

    private static MessageDigest padded(byte[] key, byte pad) {
        byte[] block = Arrays.copyOf(key, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            block[i] ^= pad;
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-512");
            digest.update(block);
            return digest;
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has SHA-512", missing);
        } finally {
            Arrays.fill(block, (byte) 0);
        }
    }
}
