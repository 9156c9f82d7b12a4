package dev.hardening.audit.internal;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts a segment into lines, counts bytes, and never holds more than one line.
 *
 * <p>A line that is longer than any record can be, or has no end, is no line; {@link #next} then returns empty and the
 * rest stands at {@link #offset}.
 */
public final class LineScanner implements Closeable {
    private static final int MAX_LINE = 65_536;

    private final InputStream input;
    private byte[] line = new byte[1024];
    private long offset;
    private long read;
    private boolean overlong;

    /**
     * Starts at the beginning.
     *
     * @param input the segment's bytes; closed with this
     */
    public LineScanner(InputStream input) {
        this.input = new BufferedInputStream(input, MAX_LINE);
    }

    /**
     * Reads the next line.
     *
     * @return its bytes without the line end, or empty at the end or before something that is no line
     * @throws IOException if the disk does not answer
     */
    public Optional<byte[]> next() throws IOException {
        int length = 0;
        for (int value = take(); value >= 0; value = take()) {
            if (value == '\n') {
                offset = read;
                return Optional.of(Arrays.copyOf(line, length));
            }
            if (length == MAX_LINE) {
                overlong = true;
                return Optional.empty();
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, length * 2);
            }
            line[length++] = (byte) value;
        }
        return Optional.empty();
    }

    /**
     * Says how far whole lines reach.
     *
     * @return the number of bytes up to and including the last line end that was returned
     */
    public long offset() {
        return offset;
    }

    /**
     * Counts the bytes behind the last whole line, reading to the end.
     *
     * @return how many bytes are no line
     * @throws IOException if the disk does not answer
     */
    public long rest() throws IOException {
        read += input.transferTo(OutputStream.nullOutputStream());
        return read - offset;
    }

    /**
     * Tells damage from the trace of a crash: an overlong line with more behind it than one write can tear. A write in
     * progress has no such line.
     *
     * @return whether no crash leaves such a rest
     * @throws IOException if the disk does not answer
     */
    public boolean restIsDamage() throws IOException {
        return overlong && rest() > GroupCommit.MAX_GROUP_BYTES;
    }

    @Override
    public void close() throws IOException {
        input.close();
    }

    private int take() throws IOException {
        int value = input.read();
        if (value >= 0) {
            read++;
        }
        return value;
    }
}
