package dev.hardening.secrets.seal;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Where the parts of a sealed message lie.
 *
 * <p>{@code "HS1" | key id (8) | salt (24) | commitment (32) | chunks}. All after the key id is one message of C2SP
 * chunked encryption, in the instance with HKDF-Expand-SHA-512 and AES-256-GCM (Cobblestone-256). A chunk holds 16 KiB;
 * the last one is always shorter and may be empty, which is how the end is told from a cut.
 */
final class SealFormat {
    static final int KEY_ID_BYTES = 8;
    static final int HEADER = 3 + KEY_ID_BYTES;
    static final int SALT = 24;
    static final int COMMITMENT = 32;
    static final int PREAMBLE = HEADER + SALT + COMMITMENT;
    static final int CHUNK = 16 * 1024;
    static final int TAG = 16;
    static final int SEALED_CHUNK = CHUNK + TAG;
    static final int LEAST = PREAMBLE + TAG;
    static final long MOST_CHUNKS = 1L << 38;

    private static final byte[] MAGIC = "HS1".getBytes(StandardCharsets.US_ASCII);
    private static final HexFormat HEX = HexFormat.of();

    private SealFormat() {}

    static byte[] header(String keyId) {
        byte[] header = new byte[HEADER];
        System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
        System.arraycopy(HEX.parseHex(keyId), 0, header, MAGIC.length, KEY_ID_BYTES);
        return header;
    }

    /** Whether this begins as a sealed message does. */
    static boolean marked(byte[] message) {
        return message.length >= HEADER && message[0] == MAGIC[0] && message[1] == MAGIC[1] && message[2] == MAGIC[2];
    }

    /** Whether a message may be as long as this; what is cut between two chunks, or within a tag, is not. */
    static boolean fits(long sealedLength) {
        return sealedLength >= LEAST && (sealedLength - PREAMBLE) % SEALED_CHUNK >= TAG;
    }

    static String keyId(byte[] marked) {
        return HEX.formatHex(marked, MAGIC.length, HEADER);
    }

    static long sealedLength(long length) {
        return PREAMBLE + length + TAG * (length / CHUNK + 1);
    }

    /** The inverse of {@link #sealedLength}, for a length that {@link #fits}. */
    static long length(long sealedLength) {
        long chunks = (sealedLength - PREAMBLE) / SEALED_CHUNK;
        return sealedLength - PREAMBLE - TAG * (chunks + 1);
    }
}
