package dev.hardening.audit.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.read.ReadReport;
import dev.hardening.audit.read.StoredEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("audit:R5")
class RecoveryTest {
    @TempDir
    Path temp;

    private LogFixture fixture;
    private byte[] whole;

    @BeforeEach
    void writeALog() throws IOException {
        fixture = new LogFixture(temp);
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        for (int i = 0; i < 5; i++) {
            LogFixture.record(log, "n" + i);
        }
        whole = disk.bytes(0);
        log.close();
    }

    @Test
    void tail_cutAtEachByteOfTheLastThreeRecords_keepsWholeRecordsOnly() throws IOException {
        for (int length = startOfLine(3); length < whole.length; length++) {
            byte[] torn = Arrays.copyOf(whole, length);
            SimulatedDisk disk = new SimulatedDisk();
            disk.put(0, torn);

            Journal.Opened opened = Journal.open(disk, LogFixture.ORIGIN, 1 << 20);

            long lines = new String(torn, StandardCharsets.UTF_8)
                    .chars()
                    .filter(c -> c == '\n')
                    .count();
            int kept = new String(torn, StandardCharsets.UTF_8).lastIndexOf('\n') + 1;
            assertEquals(lines, opened.journal().nextIndex());
            assertEquals(length - kept, opened.tail().droppedBytes());
            assertEquals(new String(whole, 0, kept, StandardCharsets.UTF_8), text(disk));
            assertTrue(opened.tail().unclean());
        }
    }

    @Test
    void tail_torn_isToldOfByARecoveredRecord() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, Arrays.copyOf(whole, whole.length - 7));

        LogWriter log = fixture.open(disk);
        log.close();

        List<StoredEvent> events = fixture.events(disk);
        StoredEvent recovered = events.get(5);
        assertEquals("sys_audit_recovered", recovered.type());
        assertEquals(
                whole.length - startOfLine(5) - 7,
                recovered.number("data.dropped_bytes").orElseThrow());
        assertEquals(5, recovered.number("data.prev_size").orElseThrow());
        assertEquals("sys_audit_started", events.get(6).type());
        assertTrue(events.get(6).toString().contains("\"clean\":false"));
        assertTrue(fixture.reader(disk).verify().continuous());
    }

    @Test
    void tail_endsInsideARecordBoundaryWithoutStop_isToldOfToo() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, whole);

        fixture.open(disk).close();

        StoredEvent recovered = fixture.events(disk).get(6);
        assertEquals("sys_audit_recovered", recovered.type());
        assertEquals(0, recovered.number("data.dropped_bytes").orElseThrow());
    }

    @Test
    void tail_zerosOfAnUnwrittenBlock_areCut() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, Arrays.copyOf(whole, whole.length + 4096));

        Journal.Opened opened = Journal.open(disk, LogFixture.ORIGIN, 1 << 20);

        assertEquals(6, opened.journal().nextIndex());
        assertEquals(4096, opened.tail().droppedBytes());
    }

    @Test
    void segment_emptyAfterACrash_isUsed() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, whole);
        disk.put(6, new byte[0]);

        fixture.open(disk).close();

        ReadReport report = fixture.reader(disk).verify();
        assertTrue(report.continuous(), report::toString);
        assertEquals(9, report.nextIndex());
    }

    @Test
    void damage_longerThanOneWrite_isNotCutButRefused() {
        SimulatedDisk disk = new SimulatedDisk();
        byte[] damaged = Arrays.copyOf(whole, whole.length + GroupCommit.MAX_GROUP_BYTES + 1);
        disk.put(0, damaged);

        IOException refusal = assertThrows(IOException.class, () -> fixture.open(disk));

        assertTrue(refusal.getMessage().contains("is damaged at byte"), refusal.getMessage());
        assertEquals(damaged.length, disk.bytes(0).length);
    }

    @Test
    void segment_ofAnotherLog_isRefusedAndNotCut() {
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, whole);

        assertThrows(IOException.class, () -> Journal.open(disk, "lms/other", 1 << 20));

        assertArrayEquals(whole, disk.bytes(0));
    }

    @Test
    void record_removedFromTheMiddle_isRefusedAndNotCut() {
        byte[] without = new byte[whole.length - (startOfLine(2) - startOfLine(1))];
        System.arraycopy(whole, 0, without, 0, startOfLine(1));
        System.arraycopy(whole, startOfLine(2), without, startOfLine(1), whole.length - startOfLine(2));
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, without);

        IOException refusal = assertThrows(IOException.class, () -> fixture.open(disk));

        assertTrue(refusal.getMessage().contains("expected record 1"), refusal.getMessage());
        assertArrayEquals(without, disk.bytes(0));
    }

    @Test
    void record_damagedInTheMiddle_whatIsCutIsKeptAside() throws IOException {
        byte[] damaged = whole.clone();
        damaged[startOfLine(4)] ^= 1;
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, damaged);

        fixture.open(disk).close();

        assertArrayEquals(
                Arrays.copyOfRange(damaged, startOfLine(4), damaged.length),
                disk.torn().get(0));
        StoredEvent recovered = fixture.events(disk).get(4);
        assertEquals(2, recovered.number("data.dropped_lines").orElseThrow());
    }

    @Test
    void torn_onARealDisk_isKeptInAFileOfTheOwnerAlone() throws IOException {
        Path log = temp.resolve("real");
        SimulatedDisk disk = new SimulatedDisk();
        disk.put(0, Arrays.copyOf(whole, whole.length - 7));
        disk.materialise(log);
        Files.createFile(log.resolve("seg/0-" + startOfLine(5) + ".torn"));

        AuditLog.file(log).origin(LogFixture.ORIGIN).open().close();

        Path torn = log.resolve("seg/0-" + startOfLine(5) + "-2.torn");
        assertArrayEquals(Arrays.copyOfRange(whole, startOfLine(5), whole.length - 7), Files.readAllBytes(torn));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(torn)));
    }

    private int startOfLine(int line) {
        int start = 0;
        for (int i = 0; i < line; i++) {
            start = new String(whole, StandardCharsets.UTF_8).indexOf('\n', start) + 1;
        }
        return start;
    }

    private static String text(SimulatedDisk disk) {
        return new String(disk.bytes(0), StandardCharsets.UTF_8);
    }
}
