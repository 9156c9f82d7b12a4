package dev.hardening.audit.read;

import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.internal.LineScanner;
import dev.hardening.audit.internal.SegmentNames;
import dev.hardening.audit.internal.StrictLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Reads the records of a log and checks that none is missing, also while the log is being written.
 *
 * <p>Reads segment after segment, one line in memory at a time; takes no lock, so it neither stops a writer nor waits for
 * one. Safe for many threads.
 */
public final class AuditReader {
    private final Path folder;

    private AuditReader(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes a reader.
     *
     * @param directory the log's directory
     * @return the reader
     */
    public static AuditReader of(Path directory) {
        return new AuditReader(SegmentNames.folder(Objects.requireNonNull(directory, "directory")));
    }

    /**
     * Reads every record in order.
     *
     * @param sink gets each whole record, out of place or not
     * @return what is wrong with the log
     * @throws AuditUnavailableException if the disk does not answer
     */
    public ReadReport read(Consumer<StoredEvent> sink) {
        Objects.requireNonNull(sink, "sink");
        try {
            Pass pass = new Pass(sink);
            List<Long> segments = SegmentNames.list(folder);
            for (int i = 0; i < segments.size(); i++) {
                pass.segment(segments.get(i), i + 1 < segments.size() ? segments.get(i + 1) : Long.MAX_VALUE);
            }
            return pass.report();
        } catch (IOException broken) {
            throw new AuditUnavailableException("audit log in " + folder + " cannot be read", broken);
        }
    }

    /**
     * Checks the log without looking at what it says. A tail that was cut off, or spoiled for no more bytes than a crash
     * can tear, cannot be told from a crash or from a shorter log; that takes checkpoints kept elsewhere.
     *
     * @return what is wrong with the log
     * @throws AuditUnavailableException if the disk does not answer
     */
    public ReadReport verify() {
        return read(event -> {});
    }

    /**
     * Finds records by reading all of them.
     *
     * @param wanted which to keep
     * @return the records in the order of the log, unmodifiable
     * @throws AuditUnavailableException if the disk does not answer
     */
    public List<StoredEvent> find(Predicate<StoredEvent> wanted) {
        List<StoredEvent> found = new ArrayList<>();
        read(event -> {
            if (wanted.test(event)) {
                found.add(event);
            }
        });
        return List.copyOf(found);
    }

    /** One reading from the first segment to the last. */
    private final class Pass {
        private final Consumer<StoredEvent> sink;
        private final List<ReadReport.Finding> findings = new ArrayList<>();
        private String origin = "";
        private long records;
        private long next;
        private long unfinished;

        Pass(Consumer<StoredEvent> sink) {
            this.sink = sink;
        }

        ReadReport report() {
            return new ReadReport(records, next, unfinished, findings);
        }

        /** Lines at or above the next segment's first index were never acknowledged: a write to this segment failed. */
        void segment(long first, long nextFirst) throws IOException {
            String file = SegmentNames.of(first);
            expect(first, file, 0);
            try (LineScanner lines =
                    new LineScanner(Files.newInputStream(folder.resolve(file), LinkOption.NOFOLLOW_LINKS))) {
                long offset = 0;
                Optional<byte[]> line = lines.next();
                while (line.isPresent() && next < nextFirst) {
                    record(line.get(), file, offset);
                    offset = lines.offset();
                    line = lines.next();
                }
                boolean last = nextFirst == Long.MAX_VALUE;
                unfinished = last ? lines.rest() : 0;
                if (last && lines.restIsDamage()) {
                    find(ReadReport.Kind.DAMAGED, file, offset);
                }
                if (!last && next < nextFirst) {
                    expect(nextFirst, file, offset);
                }
            }
        }

        private void record(byte[] line, String file, long offset) {
            Optional<Map<String, Object>> fields = StrictLine.parse(line);
            if (fields.isEmpty() || !(fields.get().get("i") instanceof Long index)) {
                find(ReadReport.Kind.DAMAGED, file, offset);
                next++;
                return;
            }
            String log = String.valueOf(fields.get().get("log"));
            origin = origin.isEmpty() ? log : origin;
            if (!origin.equals(log)) {
                find(ReadReport.Kind.FOREIGN, file, offset);
            } else if (index != next) {
                find(ReadReport.Kind.OUT_OF_PLACE, file, offset);
                next = index;
            }
            next++;
            records++;
            sink.accept(new StoredEvent(fields.get()));
        }

        private void expect(long index, String file, long offset) {
            if (next != index) {
                find(ReadReport.Kind.MISSING, file, offset);
                next = index;
            }
        }

        private void find(ReadReport.Kind kind, String file, long offset) {
            findings.add(new ReadReport.Finding(kind, next, file, offset));
        }
    }
}
