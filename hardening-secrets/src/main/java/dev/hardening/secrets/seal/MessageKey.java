package dev.hardening.secrets.seal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What is derived for one message: its key, the base of its nonces, and the commitment to both.
 *
 * <p>{@code key (32) || base nonce (12) || commitment (32)} is HKDF-Expand of the ring's key over a label, the salt and
 * the context (C2SP chunked encryption, "Key derivation"). The commitment is what makes it hopeless to build a message
 * that opens under two keys. For one thread; {@link #wipe} it after use.
 */
final class MessageKey {
    private static final byte[] LABEL =
            "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY = 32;
    private static final int NONCE = 12;
    private static final int COMMITMENT_AT = KEY + NONCE;
    private static final int TAG_BITS = 8 * SealFormat.TAG;

    private final byte[] derived;

    private MessageKey(byte[] derived) {
        this.derived = derived;
    }

    /**
     * Derives it.
     *
     * @param salted holds the salt of the message
     * @param at where the salt begins
     * @param context header and place, each behind its length
     */
    static MessageKey derive(ExpandKey input, byte[] salted, int at, byte[]... context) {
        int length = LABEL.length + SealFormat.SALT + 1;
        for (byte[] part : context) {
            length += part.length;
        }
        byte[] info = Arrays.copyOf(LABEL, length);
        System.arraycopy(salted, at, info, LABEL.length, SealFormat.SALT);
        int end = LABEL.length + SealFormat.SALT;
        for (byte[] part : context) {
            System.arraycopy(part, 0, info, end, part.length);
            end += part.length;
        }
        return new MessageKey(input.expand(info));
    }

    void writeCommitment(byte[] message, int at) {
        System.arraycopy(derived, COMMITMENT_AT, message, at, SealFormat.COMMITMENT);
    }

    /** Whether the message was made with this key; the time tells nothing about how much of it is right. */
    boolean committedIn(byte[] message, int at) {
        byte[] own = Arrays.copyOfRange(derived, COMMITMENT_AT, COMMITMENT_AT + SealFormat.COMMITMENT);
        return MessageDigest.isEqual(own, Arrays.copyOfRange(message, at, at + SealFormat.COMMITMENT));
    }

    SecretKeySpec key() {
        return new SecretKeySpec(derived, 0, KEY, "AES");
    }

    /** The base nonce, exclusive-or the number of the chunk, big-endian. */
    GCMParameterSpec nonce(long chunk) {
        if (chunk >= SealFormat.MOST_CHUNKS) {
            throw new IllegalStateException("a message has at most 2^38 chunks");
        }
        byte[] nonce = Arrays.copyOfRange(derived, KEY, KEY + NONCE);
        long rest = chunk;
        for (int i = NONCE - 1; rest != 0; i--) {
            nonce[i] ^= (byte) rest;
            rest >>>= 8;
        }
        return new GCMParameterSpec(TAG_BITS, nonce);
    }

    void wipe() {
        Arrays.fill(derived, (byte) 0);
    }
}
