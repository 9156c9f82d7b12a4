package dev.hardening.audit.internal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** One open segment; only the writer thread touches it, so no caller's interrupt can close it. */
interface SegmentFile extends Closeable {
    /** Appends all of the bytes at the end. */
    void write(ByteBuffer bytes) throws IOException;

    /** Returns when what was written is on the disk; after a failure it must never be called again. */
    void force() throws IOException;

    void truncate(long size) throws IOException;
}
