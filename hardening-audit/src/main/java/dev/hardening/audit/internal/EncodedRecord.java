package dev.hardening.audit.internal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * An event as bytes, with two holes that only the writer can fill: its index and the time of the log.
 *
 * <p>Sorted keys put {@code i} before {@code id} and {@code lt}, {@code mono} behind {@code log}, so both holes have a
 * fixed place and callers do the costly part on their own threads.
 */
final class EncodedRecord {
    /** How many bytes both holes and the line end need at most. */
    static final int HOLES = 96;

    private final String type;
    private final UUID id;
    private final byte[] bytes;
    private final int indexHole;
    private final int timeHole;

    EncodedRecord(String type, UUID id, byte[] bytes, int indexHole, int timeHole) {
        this.type = type;
        this.id = id;
        this.bytes = bytes;
        this.indexHole = indexHole;
        this.timeHole = timeHole;
    }

    String type() {
        return type;
    }

    UUID id() {
        return id;
    }

    /** Bounds the length of the line. */
    int length() {
        return bytes.length + HOLES;
    }

    /**
     * Writes the line.
     *
     * @param stamp {@code "lt":...,"mono":...,} as ASCII
     */
    void write(ByteBuffer target, long index, byte[] stamp) {
        target.put(bytes, 0, indexHole);
        target.put(("\"i\":" + index + ',').getBytes(StandardCharsets.US_ASCII));
        target.put(bytes, indexHole, timeHole - indexHole);
        target.put(stamp);
        target.put(bytes, timeHole, bytes.length - timeHole);
        target.put((byte) '\n');
    }
}
