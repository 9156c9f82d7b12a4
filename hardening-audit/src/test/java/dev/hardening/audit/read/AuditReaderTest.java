package dev.hardening.audit.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.Events;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditReaderTest {
    @TempDir
    Path temp;

    private Path directory;
    private Path segment;

    @BeforeEach
    void writeALog() {
        directory = temp.resolve("audit");
        segment = directory.resolve("seg/0.jsonl");
        try (AuditLog log = AuditLog.file(directory).origin("lms/test").open()) {
            for (int i = 0; i < 4; i++) {
                log.record(Events.gradeChanged(Actor.user("u1"), "w" + i, "88", "why")
                        .detail("from", 71)
                        .build());
            }
        }
    }

    @Test
    void verify_wholeLog_findsNothing() {
        assertEquals(new ReadReport(6, 6, 0, List.of()), reader().verify());
        assertTrue(reader().verify().continuous());
    }

    @Test
    void verify_removedRecord_namesItsIndexFileAndOffset() throws IOException {
        List<String> lines = Files.readAllLines(segment);
        int offset = lines.get(0).length() + lines.get(1).length() + 2;
        lines.remove(2);
        Files.write(segment, lines);

        ReadReport report = reader().verify();

        assertEquals(
                List.of(new ReadReport.Finding(ReadReport.Kind.OUT_OF_PLACE, 2, "0.jsonl", offset)), report.findings());
        assertFalse(report.continuous());
    }

    @Test
    void verify_doubledRecord_isFound() throws IOException {
        List<String> lines = Files.readAllLines(segment);
        lines.add(2, lines.get(1));
        Files.write(segment, lines);

        assertEquals(kinds(ReadReport.Kind.OUT_OF_PLACE), found());
    }

    @Test
    void verify_swappedRecords_areFound() throws IOException {
        List<String> lines = Files.readAllLines(segment);
        lines.add(2, lines.remove(3));
        Files.write(segment, lines);

        assertEquals(ReadReport.Kind.OUT_OF_PLACE, found().get(0));
    }

    @Test
    void verify_reformattedRecord_isDamaged() throws IOException {
        List<String> lines = Files.readAllLines(segment);
        lines.set(2, lines.get(2).replace("\"from\":71", "\"from\": 71"));
        Files.write(segment, lines);

        assertEquals(kinds(ReadReport.Kind.DAMAGED), found());
    }

    @Test
    void verify_recordOfAnotherLog_isForeign() throws IOException {
        List<String> lines = Files.readAllLines(segment);
        lines.set(2, lines.get(2).replace("lms/test", "lms/else"));
        Files.write(segment, lines);

        assertEquals(kinds(ReadReport.Kind.FOREIGN), found());
    }

    @Test
    void verify_missingFirstSegment_isFound() throws IOException {
        Files.move(segment, segment.resolveSibling("9.jsonl"));

        assertEquals(ReadReport.Kind.MISSING, found().get(0));
    }

    @Test
    void verify_segmentCutBeforeTheNext_isFound() throws IOException {
        Files.writeString(segment.resolveSibling("9.jsonl"), "");

        assertEquals(kinds(ReadReport.Kind.MISSING), found());
    }

    @Test
    void verify_unfinishedLastLine_isNoFinding() throws IOException {
        Files.writeString(segment, Files.readString(segment) + "{\"act");

        ReadReport report = reader().verify();

        assertTrue(report.continuous());
        assertEquals(5, report.unfinishedBytes());
    }

    @Test
    void verify_endlessLine_isNoFindingButUnfinished() throws IOException {
        Files.writeString(segment, Files.readString(segment) + "x".repeat(100_000));

        assertEquals(100_000, reader().verify().unfinishedBytes());
    }

    @Test
    void verify_lineEndsBlankedOutBeyondOneWrite_isDamaged() throws IOException {
        Files.writeString(segment, Files.readString(segment) + "x".repeat((1 << 20) + 1));

        ReadReport report = reader().verify();

        assertEquals(kinds(ReadReport.Kind.DAMAGED), found());
        assertEquals((1 << 20) + 1, report.unfinishedBytes());
    }

    @Test
    void verify_noLog_isUnavailable() {
        assertThrows(
                AuditUnavailableException.class,
                () -> AuditReader.of(temp.resolve("none")).verify());
    }

    /** A thousand runs in all; the writers are let on as the runs go, or the log would grow faster than it is read. */
    @RepeatedTest(20)
    @Tag("audit:R16")
    void verify_whileBeingWritten_neverCriesWolf() throws Exception {
        Path written = temp.resolve("written");
        Semaphore turns = new Semaphore(0);
        Semaphore acknowledged = new Semaphore(0);
        AtomicBoolean enough = new AtomicBoolean();
        try (AuditLog log =
                AuditLog.file(written).origin("lms/test").segmentBytes(8192).open()) {
            List<Thread> writers = Stream.generate(() -> new Thread(() -> {
                        while (!enough.get()) {
                            turns.acquireUninterruptibly();
                            log.record(
                                    Events.courseCreated(Actor.user("u1"), "c").build());
                            acknowledged.release();
                        }
                    }))
                    .limit(3)
                    .toList();
            writers.forEach(Thread::start);
            try {
                for (int i = 0; i < 50; i++) {
                    turns.release(3);
                    ReadReport report = AuditReader.of(written).verify();
                    assertTrue(report.continuous(), report::toString);
                    assertTrue(acknowledged.tryAcquire(30, TimeUnit.SECONDS));
                }
            } finally {
                enough.set(true);
                turns.release(writers.size());
                for (Thread writer : writers) {
                    writer.join();
                }
            }
        }
        ReadReport whole = AuditReader.of(written).verify();
        assertTrue(whole.continuous() && whole.records() > 50, whole::toString);
    }

    @Test
    void find_paths_readTextNumbersAndNothingElse() {
        StoredEvent event = reader().find(e -> e.text("target.id").equals(Optional.of("w2")))
                .get(0);

        assertEquals(Optional.of("88"), event.text("data.to"));
        assertEquals(Optional.of(71L), event.number("data.from"));
        assertEquals(Optional.empty(), event.text("data.from"));
        assertEquals(Optional.empty(), event.text("data.none"));
        assertEquals(Optional.empty(), event.text("none.none"));
        assertEquals(Optional.empty(), event.text("type.none"));
        assertEquals(3, event.index());
        assertThrows(UnsupportedOperationException.class, () -> event.fields().put("x", "y"));
    }

    @Test
    void toString_ofARecord_isItsLine() throws IOException {
        List<String> lines = new ArrayList<>();
        reader().read(event -> lines.add(event.toString()));

        assertEquals(Files.readAllLines(segment), lines);
    }

    private AuditReader reader() {
        return AuditReader.of(directory);
    }

    private List<ReadReport.Kind> found() {
        return reader().verify().findings().stream()
                .map(ReadReport.Finding::kind)
                .toList();
    }

    private static List<ReadReport.Kind> kinds(ReadReport.Kind... kinds) {
        return List.of(kinds);
    }
}
