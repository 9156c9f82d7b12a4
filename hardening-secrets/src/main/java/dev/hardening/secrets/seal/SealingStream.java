package dev.hardening.secrets.seal;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;

/**
 * Seals what is written, piece by piece. A failure leaves the message without its end, whatever is called afterwards, so
 * that it cannot be taken for a whole one.
 */
final class SealingStream extends OutputStream {
    private final StreamParts parts;
    private final OutputStream to;
    private final SealKey key;
    private final MessageKey message;
    private final ChunkCipher cipher;
    private final byte[] begin = new byte[SealFormat.PREAMBLE];
    private final byte[] plain = new byte[SealFormat.CHUNK];
    private final byte[] sealed = new byte[SealFormat.SEALED_CHUNK];
    private int filled;
    private long chunks;
    private boolean failed;
    private boolean closed;

    SealingStream(StreamParts parts, OutputStream to) {
        this.parts = parts;
        this.to = to;
        key = parts.preamble().active();
        message = parts.preamble().write(key, begin, parts.context());
        cipher = parts.ciphers().take();
    }

    @Override
    public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        expectOpen();
        if (length > parts.settings().streamLimit() - length()) {
            failed = true;
            throw new IOException(
                    "a sealed stream must have at most " + parts.settings().streamLimit() + " bytes");
        }
        int from = offset;
        int end = offset + length;
        while (from < end) {
            if (filled == 0 && end - from >= SealFormat.CHUNK) {
                emit(new Slice(bytes, from, SealFormat.CHUNK));
                from += SealFormat.CHUNK;
            } else {
                from += fill(bytes, from, end);
            }
        }
    }

    @Override
    public void flush() throws IOException {
        expectOpen();
        to.flush();
    }

    /** Ends the message, unless something failed before. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        try (OutputStream closing = to) {
            if (!failed) {
                emit(new Slice(plain, 0, filled));
                closing.flush();
                parts.settings().count(key, length());
            }
        } finally {
            closed = true;
            message.wipe();
            Arrays.fill(plain, (byte) 0);
        }
        parts.ciphers().give(cipher);
    }

    private int fill(byte[] bytes, int from, int end) throws IOException {
        int taken = Math.min(end - from, SealFormat.CHUNK - filled);
        System.arraycopy(bytes, from, plain, filled, taken);
        filled += taken;
        if (filled == SealFormat.CHUNK) {
            emit(new Slice(plain, 0, filled));
            filled = 0;
        }
        return taken;
    }

    private void emit(Slice chunk) throws IOException {
        failed = true;
        if (chunks == 0) {
            to.write(begin);
        }
        cipher.seal(message, chunks, chunk, new Slice(sealed, 0, chunk.length() + SealFormat.TAG));
        to.write(sealed, 0, chunk.length() + SealFormat.TAG);
        chunks++;
        failed = false;
    }

    private long length() {
        return chunks * SealFormat.CHUNK + filled;
    }

    private void expectOpen() throws IOException {
        if (closed || failed) {
            throw new IOException(closed ? "the stream is closed" : "the stream failed before");
        }
    }
}
