package dev.hardening.secrets.seal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Opens piece by piece. Bytes of a piece are handed out after its tag was checked, and the end is one only after a piece
 * that is shorter than the others. Once something failed, everything fails.
 */
final class OpeningStream extends InputStream {
    private final StreamParts parts;
    private final InputStream from;
    private final ChunkCipher cipher;
    private final byte[] sealed = new byte[SealFormat.SEALED_CHUNK];
    private final byte[] plain = new byte[SealFormat.CHUNK];
    private @Nullable MessageKey message;
    private @Nullable RefusedException refused;
    private long chunks;
    private int at;
    private int end;
    private boolean last;
    private boolean failed;
    private boolean closed;

    OpeningStream(StreamParts parts, InputStream from) {
        this.parts = parts;
        this.from = from;
        cipher = parts.ciphers().take();
    }

    @Override
    public int read() throws IOException {
        return more() ? plain[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        if (!more()) {
            return -1;
        }
        int taken = Math.min(length, end - at);
        System.arraycopy(plain, at, bytes, offset, taken);
        at += taken;
        return taken;
    }

    @Override
    public long transferTo(OutputStream out) throws IOException {
        Objects.requireNonNull(out, "out");
        long total = 0;
        while (more()) {
            int taken = end - at;
            out.write(plain, at, taken);
            at = end;
            total += taken;
        }
        return total;
    }

    @Override
    public int available() throws IOException {
        expectOpen();
        return end - at;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (message != null) {
            message.wipe();
        }
        Arrays.fill(plain, (byte) 0);
        parts.ciphers().give(cipher);
        from.close();
    }

    /** Whether there is a byte to hand out; opens the next piece if need be. */
    private boolean more() throws IOException {
        expectOpen();
        if (at == end && !last) {
            failed = true;
            try {
                next();
            } catch (RefusedException refusal) {
                refused = refusal;
                throw refusal;
            }
            failed = false;
        }
        return at < end;
    }

    private void next() throws IOException {
        MessageKey key = message();
        int length = from.readNBytes(sealed, 0, SealFormat.SEALED_CHUNK);
        int content = length - SealFormat.TAG;
        if (content < 0 || !cipher.open(key, chunks, new Slice(sealed, 0, length), new Slice(plain, 0, content))) {
            throw new RefusedException();
        }
        parts.expectWithinLimit(chunks * SealFormat.CHUNK + content);
        chunks++;
        at = 0;
        end = content;
        last = content < SealFormat.CHUNK;
    }

    private MessageKey message() throws IOException {
        if (message == null) {
            message = parts.key(from.readNBytes(SealFormat.PREAMBLE));
        }
        return message;
    }

    private void expectOpen() throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (refused != null) {
            throw new RefusedException(refused.refusal());
        }
        if (failed) {
            throw new IOException("the stream failed before");
        }
    }
}
