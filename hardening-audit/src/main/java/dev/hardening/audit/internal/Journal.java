package dev.hardening.audit.internal;

import dev.hardening.audit.EventType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The segments as one endless file; used by one thread at a time.
 *
 * <p>After a failed write or force nothing tells which pages reached the disk, and a second force on the same descriptor
 * may report success for pages that the kernel dropped. So the segment is given up for good: it is cut back to what was
 * acknowledged, closed, and the group goes to a new segment named by its first index. Where the cut did not reach the
 * disk, the rest of the old segment lies above the first index of the next one, and readers stop there.
 */
final class Journal {
    /** Segments begin at multiples of this, so that a later tree can be pruned along whole tiles. */
    static final int BOUNDARY = 256;

    private final SegmentFiles files;
    private final long segmentBytes;
    private @Nullable SegmentFile current;
    private long currentFirst;
    private long currentSize;
    private long nextIndex;

    private Journal(SegmentFiles files, long segmentBytes) {
        this.files = files;
        this.segmentBytes = segmentBytes;
    }

    /** Opens what is there, or begins at index 0; on return the last segment holds whole records only, on the disk. */
    static Opened open(SegmentFiles files, String origin, long segmentBytes) throws IOException {
        Journal journal = new Journal(files, segmentBytes);
        List<Long> segments = files.list();
        if (segments.isEmpty()) {
            journal.begin(0);
            return new Opened(journal, Tail.EMPTY);
        }
        return new Opened(journal, journal.resume(segments.get(segments.size() - 1), origin));
    }

    long nextIndex() {
        return nextIndex;
    }

    long currentFirst() {
        return currentFirst;
    }

    /** Says whether the segment would be full with so many bytes more. */
    boolean full(long more) {
        return currentSize + more >= segmentBytes;
    }

    /** Begins a new segment if this one is full; where that fails the old one stays in use until the next boundary. */
    void rotateIfDue() throws IOException {
        SegmentFile full = current;
        if (full == null || !full(0) || nextIndex % BOUNDARY != 0 || nextIndex == currentFirst) {
            return;
        }
        begin(nextIndex);
        full.close();
    }

    /**
     * Appends records; on return they are on the disk.
     *
     * @return the reason why a segment was given up on the way, if one was
     * @throws IOException if they are not on the disk, neither here nor in a new segment
     */
    Optional<IOException> append(ByteBuffer lines, int records) throws IOException {
        Optional<IOException> failure = Optional.empty();
        if (current != null) {
            try {
                store(current, lines.duplicate(), records);
                return failure;
            } catch (IOException broken) {
                failure = Optional.of(broken);
                abandon();
            } catch (RuntimeException | Error broken) {
                abandon();
                throw broken;
            }
        }
        try {
            begin(nextIndex);
            store(Objects.requireNonNull(current), lines.duplicate(), records);
            return failure;
        } catch (IOException broken) {
            abandon();
            failure.ifPresent(broken::addSuppressed);
            throw broken;
        } catch (RuntimeException | Error broken) {
            abandon();
            throw broken;
        }
    }

    void close() throws IOException {
        if (current != null) {
            current.close();
            current = null;
        }
    }

    private void store(SegmentFile file, ByteBuffer lines, int records) throws IOException {
        int length = lines.remaining();
        file.write(lines);
        file.force();
        currentSize += length;
        nextIndex += records;
    }

    private void begin(long firstIndex) throws IOException {
        SegmentFile created = files.create(firstIndex);
        try {
            files.syncFolder();
        } catch (IOException broken) {
            created.close();
            files.delete(firstIndex);
            throw broken;
        }
        current = created;
        currentFirst = firstIndex;
        currentSize = 0;
        nextIndex = firstIndex;
    }

    /** Cuts the segment back and lets go of it; one without an acknowledged record goes altogether. */
    private void abandon() {
        SegmentFile broken = current;
        current = null;
        if (broken == null) {
            return;
        }
        try (broken) {
            broken.truncate(currentSize);
        } catch (IOException alreadyBroken) {
            // Nothing depends on the cut; see above.
        }
        if (currentSize == 0) {
            deleteQuietly(currentFirst);
        }
    }

    private void deleteQuietly(long firstIndex) {
        try {
            files.delete(firstIndex);
        } catch (IOException alreadyBroken) {
            // The next attempt finds the name taken and fails as this one did.
        }
    }

    private Tail resume(long first, String origin) throws IOException {
        Tail tail = scan(first, origin);
        SegmentFile file = files.append(first);
        try {
            if (tail.dropped.length > 0) {
                files.keepTorn(first, tail.keptBytes, tail.dropped);
                file.truncate(tail.keptBytes);
            }
            file.force();
            files.syncFolder();
        } catch (IOException broken) {
            file.close();
            throw broken;
        }
        current = file;
        currentFirst = first;
        currentSize = tail.keptBytes;
        nextIndex = first + tail.keptRecords;
        return tail;
    }

    /** Reads the last segment; what is no record may only be the end, and no longer than one group. */
    private Tail scan(long first, String origin) throws IOException {
        try (LineScanner lines = new LineScanner(files.read(first))) {
            long kept = 0;
            long keptBytes = 0;
            String lastType = "";
            for (Optional<byte[]> line = lines.next(); line.isPresent(); line = lines.next()) {
                Optional<Map<String, Object>> fields = StrictLine.parse(line.get());
                if (fields.isEmpty()) {
                    break;
                }
                requireOwn(fields.get(), first + kept, origin);
                kept++;
                keptBytes = lines.offset();
                lastType = String.valueOf(fields.get().get("type"));
            }
            return new Tail(kept, keptBytes, rest(first, keptBytes), lastType);
        }
    }

    /** A whole record that does not belong here was never torn: it must not be cut off as if it were. */
    private static void requireOwn(Map<String, Object> fields, long index, String origin) throws IOException {
        if (!origin.equals(fields.get("log")) || !Long.valueOf(index).equals(fields.get("i"))) {
            throw new IOException("expected record " + index + " of log " + origin + ", found record " + fields.get("i")
                    + " of log " + fields.get("log"));
        }
    }

    private byte[] rest(long first, long from) throws IOException {
        try (InputStream input = files.read(first)) {
            input.skipNBytes(from);
            byte[] rest = input.readNBytes(GroupCommit.MAX_GROUP_BYTES + 1);
            if (rest.length > GroupCommit.MAX_GROUP_BYTES) {
                throw new IOException(files.name(first) + " is damaged at byte " + from
                        + " and more follows than one write can tear");
            }
            return rest;
        }
    }

    /** A journal and what was found at its end. */
    record Opened(Journal journal, Tail tail) {}

    /** What the last segment held. */
    static final class Tail {
        static final Tail EMPTY = new Tail(0, 0, new byte[0], EventType.AUDIT_STOPPED.name());

        private final long keptRecords;
        private final long keptBytes;
        private final byte[] dropped;
        private final String lastType;

        private Tail(long keptRecords, long keptBytes, byte[] dropped, String lastType) {
            this.keptRecords = keptRecords;
            this.keptBytes = keptBytes;
            this.dropped = dropped;
            this.lastType = lastType;
        }

        long droppedBytes() {
            return dropped.length;
        }

        /** Counts line ends: more than none means that the damage is older than the last write, or deeper. */
        long droppedLines() {
            long lines = 0;
            for (byte value : dropped) {
                lines += value == '\n' ? 1 : 0;
            }
            return lines;
        }

        /** Says whether the last writer ended without a stop record. */
        boolean unclean() {
            return dropped.length > 0 || !lastType.equals(EventType.AUDIT_STOPPED.name());
        }
    }
}
