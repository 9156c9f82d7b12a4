package dev.hardening.secrets.seal;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/**
 * A key of the ring, ready to derive the keys of messages, with what one sealer has sealed with it.
 *
 * <p>Sealing n blocks under one derived key gives an attacker an advantage of about n^2 / 2^129 (NIST SP 800-38D counter
 * mode against a random function); the advantages of the messages add up. So the sum of squares is what wears a key, and
 * it may grow to 2^97 for an advantage of 2^-32. Safe for many threads.
 */
final class SealKey {
    static final double WORN = 0x1p97;
    private static final double BLOCK = 16;
    private static final int LENGTH_BYTES = 4;

    private final String id;
    private final byte[] header;
    private final byte[] headerPart;
    private final ExpandKey input;
    private final LongAdder messages = new LongAdder();
    private final DoubleAdder squares = new DoubleAdder();
    private final AtomicBoolean told = new AtomicBoolean();

    /**
     * @param id 16 hexadecimal digits
     * @param key 32 bytes, read once
     */
    SealKey(String id, byte[] key) {
        this.id = id;
        header = SealFormat.header(id);
        headerPart = ByteBuffer.allocate(LENGTH_BYTES + header.length)
                .putInt(header.length)
                .put(header)
                .array();
        input = new ExpandKey(key);
    }

    String id() {
        return id;
    }

    void writeHeader(byte[] message) {
        System.arraycopy(header, 0, message, 0, header.length);
    }

    /** The key of a message whose header and salt stand at the beginning of {@code message}. */
    MessageKey message(byte[] message, SealContext context) {
        return MessageKey.derive(input, message, SealFormat.HEADER, headerPart, context.encoded());
    }

    /** Counts a message; answers whether this was the one after which a new key should be made, once. */
    boolean count(long length) {
        double blocks = Math.ceil(length / BLOCK) + 1;
        messages.increment();
        squares.add(blocks * blocks);
        return squares.sum() >= WORN / 2 && told.compareAndSet(false, true);
    }

    long messages() {
        return messages.sum();
    }
}
