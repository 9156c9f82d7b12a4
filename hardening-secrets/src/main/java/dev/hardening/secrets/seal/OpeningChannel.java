package dev.hardening.secrets.seal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Opens the pieces that are asked for; the last one first, because it proves the length. */
final class OpeningChannel implements SeekableByteChannel {
    private static final long NONE = -1;

    private final StreamParts parts;
    private final SeekableByteChannel from;
    private final ChunkCipher cipher;
    private final ByteBuffer sealed = ByteBuffer.allocate(SealFormat.SEALED_CHUNK);
    private final byte[] plain = new byte[SealFormat.CHUNK];
    private @Nullable MessageKey message;
    private @Nullable RefusedException refused;
    private long present = NONE;
    private long size;
    private long position;
    private boolean closed;

    OpeningChannel(StreamParts parts, SeekableByteChannel from) {
        this.parts = parts;
        this.from = from;
        cipher = parts.ciphers().take();
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        long length = size();
        if (position >= length) {
            return -1;
        }
        int read = 0;
        while (to.hasRemaining() && position < length) {
            load(position / SealFormat.CHUNK);
            int at = (int) (position % SealFormat.CHUNK);
            int available = (int) Math.min(SealFormat.CHUNK - at, length - position);
            int taken = Math.min(to.remaining(), available);
            to.put(plain, at, taken);
            position += taken;
            read += taken;
        }
        return read;
    }

    @Override
    public long size() throws IOException {
        expectOpen();
        if (message == null) {
            remembering(this::begin);
        }
        return size;
    }

    @Override
    public long position() throws IOException {
        expectOpen();
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) throws IOException {
        expectOpen();
        if (newPosition < 0) {
            throw new IllegalArgumentException("position must not be negative, got " + newPosition);
        }
        position = newPosition;
        return this;
    }

    @Override
    public int write(ByteBuffer bytes) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long length) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return !closed;
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

    /** Something that reads and may be refused. */
    private interface Step {
        void run() throws IOException;
    }

    private void remembering(Step step) throws IOException {
        try {
            step.run();
        } catch (RefusedException refusal) {
            refused = refusal;
            throw refusal;
        }
    }

    private void begin() throws IOException {
        long sealedSize = from.size();
        if (!SealFormat.fits(sealedSize)) {
            throw new RefusedException();
        }
        long length = SealFormat.length(sealedSize);
        parts.expectWithinLimit(length);
        MessageKey key = parts.key(bytes(0, SealFormat.PREAMBLE));
        size = length;
        try {
            open(key, length / SealFormat.CHUNK);
            message = key;
        } finally {
            if (message == null) {
                key.wipe();
            }
        }
    }

    private void load(long chunk) throws IOException {
        MessageKey key = message;
        if (key != null && present != chunk) {
            remembering(() -> open(key, chunk));
        }
    }

    private void open(MessageKey key, long chunk) throws IOException {
        present = NONE;
        int content = (int) Math.min(SealFormat.CHUNK, size - chunk * SealFormat.CHUNK);
        byte[] bytes = bytes(SealFormat.PREAMBLE + chunk * SealFormat.SEALED_CHUNK, content + SealFormat.TAG);
        Slice piece = new Slice(bytes, 0, content + SealFormat.TAG);
        if (!cipher.open(key, chunk, piece, new Slice(plain, 0, content))) {
            throw new RefusedException();
        }
        present = chunk;
    }

    /** The array behind the buffer, filled with bytes of the sealed channel; refused if there are not as many. */
    private byte[] bytes(long at, int length) throws IOException {
        sealed.clear().limit(length);
        from.position(at);
        while (sealed.hasRemaining()) {
            if (from.read(sealed) < 0) {
                throw new RefusedException();
            }
        }
        return sealed.array();
    }

    private void expectOpen() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (refused != null) {
            throw new RefusedException(refused.refusal());
        }
    }
}
