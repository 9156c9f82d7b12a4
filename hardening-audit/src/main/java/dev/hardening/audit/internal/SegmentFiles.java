package dev.hardening.audit.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The folder of segments as the journal sees it; tests put faults between it and the disk. */
interface SegmentFiles {
    /** Lists the first indexes of all segments, ascending. */
    List<Long> list() throws IOException;

    InputStream read(long firstIndex) throws IOException;

    SegmentFile append(long firstIndex) throws IOException;

    SegmentFile create(long firstIndex) throws IOException;

    /** Keeps what is about to be cut off a segment, durably: it may be evidence. */
    void keepTorn(long firstIndex, long offset, byte[] bytes) throws IOException;

    void delete(long firstIndex) throws IOException;

    /** Makes the folder's entries durable. */
    void syncFolder() throws IOException;

    /** Names the segment for a message. */
    String name(long firstIndex);
}
