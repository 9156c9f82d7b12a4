package dev.hardening.audit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.AuditListener;
import dev.hardening.audit.AuditStatus;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.Receipt;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.ReadReport;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.testing.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultTest {
    private static final int EVENTS = 10;

    @TempDir
    Path temp;

    private LogFixture fixture;

    @BeforeEach
    void makeFixture() {
        fixture = new LogFixture(temp);
    }

    @Test
    @Tag("audit:R2")
    @Tag("audit:R3")
    @Tag("audit:R4")
    void anyOperation_failsOnce_acknowledgedEventsAreStoredExactlyOnce() throws IOException {
        int operations = operationsOf(number -> false);
        assertTrue(operations > EVENTS, "a run does at least one operation an event");

        for (int i = 0; i < operations; i++) {
            int failing = i;
            operationsOf(number -> number == failing);
        }
    }

    @Test
    @Tag("audit:R2")
    @Tag("audit:R3")
    void anyOperation_failsFromThenOn_acknowledgedEventsAreStoredExactlyOnce() throws IOException {
        int operations = operationsOf(number -> false);

        for (int i = 0; i < operations; i++) {
            int first = i;
            operationsOf(number -> number >= first);
        }
    }

    @Test
    @Tag("audit:R2")
    void anyTwoOperationsInARow_fail_acknowledgedEventsAreStoredExactlyOnce() throws IOException {
        int operations = operationsOf(number -> false);

        for (int i = 0; i < operations; i++) {
            int first = i;
            operationsOf(number -> number == first || number == first + 1);
            operationsOf(number -> number == first || number == first + 2);
        }
    }

    @Test
    @Tag("audit:R3")
    void force_fails_theGroupGoesToANewSegmentAndTheOldOneIsNeverForcedAgain() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        LogFixture.record(log, "before");
        disk.failing(number -> number == 1);

        Receipt receipt = LogFixture.record(log, "after");
        log.close();

        assertFalse(disk.forcedAfterFailure());
        assertEquals(List.of(0L, receipt.index()), disk.list());
        List<String> types =
                fixture.events(disk).stream().map(StoredEvent::type).toList();
        assertEquals(
                List.of(
                        "sys_audit_started",
                        "lms.course_created",
                        "lms.course_created",
                        "sys_audit_segment_failed",
                        "sys_audit_stopped"),
                types);
    }

    @Test
    @Tag("audit:R3")
    void force_failsAndTheCutDoesToo_readersStopWhereTheNextSegmentBegins() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        disk.failing(number -> number == 1 || number == 2);

        Receipt receipt = LogFixture.record(log, "twice on the disk");
        log.close();

        String old = new String(disk.bytes(0), java.nio.charset.StandardCharsets.UTF_8);
        assertTrue(old.contains(receipt.id().toString()), "the old segment still holds the group");
        ReadReport report = fixture.reader(disk).verify();
        assertTrue(report.continuous(), report::toString);
        assertEquals(1, count(disk, receipt));
    }

    @Test
    @Tag("audit:R6")
    @Tag("audit:R20")
    void diskFull_callersAreRefused_andTheGapRecordHasTheExactCount() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        disk.failing(number -> true);

        for (int i = 0; i < 7; i++) {
            String course = "lost" + i;
            assertThrows(AuditUnavailableException.class, () -> LogFixture.record(log, course));
        }
        assertEquals(AuditStatus.State.FAILING, log.status().state());
        assertEquals(7, log.status().unreportedLost());
        disk.failing(number -> false);
        LogFixture.record(log, "room again");
        log.close();

        StoredEvent gap = only(disk, "sys_audit_gap");
        assertEquals(7, gap.number("data.count").orElseThrow());
        assertEquals(7, gap.number("data.by_type.lms.course_created").orElseThrow());
        assertEquals(7, gap.number("data.by_reason.write_failed").orElseThrow());
        assertEquals(AuditStatus.State.CLOSED, log.status().state());
        assertEquals(0, log.status().unreportedLost());
        assertEquals(7, log.status().lost());
    }

    @Test
    @Tag("audit:R6")
    void force_failsAndTheRecordAboutItToo_healsWithoutAnyCaller() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        AtomicBoolean healed = new AtomicBoolean();
        // Write, failing force, truncate, create, folder, write, force: from the eighth on it is the record about it.
        disk.failing(number -> number == 1 || (number >= 7 && !healed.get()));

        LogFixture.record(log, "in a new segment");
        Eventually.until(
                Duration.ofSeconds(10), "the log fails", () -> log.status().state() == AuditStatus.State.FAILING);
        healed.set(true);

        Eventually.until(
                Duration.ofSeconds(10), "the log runs again", () -> log.status().state() == AuditStatus.State.RUNNING);
        log.close();
        assertEquals(
                0, only(disk, "sys_audit_segment_failed").number("data.segment").orElseThrow());
    }

    @Test
    @Tag("audit:R6")
    void memory_runsOutOnce_theGroupIsRefusedAndTheLogGoesOn() throws IOException {
        AtomicBoolean full = new AtomicBoolean();
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.ticker(() -> {
                    if (full.getAndSet(false)) {
                        throw new OutOfMemoryError("injected");
                    }
                    return System.nanoTime();
                })
                .open(disk);
        full.set(true);

        assertThrows(AuditUnavailableException.class, () -> LogFixture.record(log, "lost"));
        LogFixture.record(log, "next");
        log.close();

        assertEquals(1, only(disk, "sys_audit_gap").number("data.count").orElseThrow());
        assertTrue(fixture.reader(disk).verify().continuous());
    }

    @Test
    @Tag("audit:R3")
    void force_throwsAnError_theSegmentIsGivenUpAndTheLogGoesOn() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        disk.failing(number -> {
            if (number == 1) {
                throw new InternalError("injected");
            }
            return false;
        });

        assertThrows(AuditUnavailableException.class, () -> LogFixture.record(log, "lost"));
        Receipt receipt = LogFixture.record(log, "next");
        log.close();

        assertTrue(fixture.reader(disk).verify().continuous());
        assertEquals(1, count(disk, receipt));
        assertEquals(1, only(disk, "sys_audit_gap").number("data.count").orElseThrow());
    }

    @Test
    void listener_throwsAnError_theLogGoesOn() throws IOException {
        AuditListener broken = new AuditListener() {
            @Override
            public void committed(Commit commit) {
                throw new NoClassDefFoundError("injected");
            }

            @Override
            public void lost(Loss loss) {
                throw new NoClassDefFoundError("injected");
            }
        };
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.listener(broken).open(disk);

        LogFixture.record(log, "one");
        disk.failing(number -> true);
        assertThrows(AuditUnavailableException.class, () -> LogFixture.record(log, "lost"));
        disk.failing(number -> false);
        Receipt receipt = LogFixture.record(log, "two");
        log.close();

        assertEquals(1, count(disk, receipt));
    }

    @Test
    @Tag("audit:R6")
    void diskFull_thenRoomAgain_healsWithoutAnyCaller() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        disk.failing(number -> true);
        assertThrows(AuditUnavailableException.class, () -> LogFixture.record(log, "lost"));

        disk.failing(number -> false);

        Eventually.until(
                Duration.ofSeconds(10),
                "the log runs again",
                () -> log.status().state() == AuditStatus.State.RUNNING
                        && log.status().unreportedLost() == 0);
        log.close();
        assertEquals(1, only(disk, "sys_audit_gap").number("data.count").orElseThrow());
    }

    @Test
    @Tag("audit:R20")
    void queueFull_callersAreRefusedInTime_andTheGapRecordHasTheExactCount() throws IOException {
        AtomicInteger heard = new AtomicInteger();
        AuditListener counting = new AuditListener() {
            @Override
            public void lost(Loss loss) {
                assertEquals("queue_full", loss.reason());
                heard.incrementAndGet();
            }
        };
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.listener(counting).limits(queueOf(5)).open(disk);
        List<CompletableFuture<Receipt>> promises = freezeWithOneUnderWay(disk, log);

        for (int i = 0; i < 20; i++) {
            promises.add(log.submit(LogFixture.event("n" + i)));
        }
        assertEquals(5, log.status().queuedRecords());
        disk.thaw();
        log.close();

        long refused = promises.stream()
                .filter(CompletableFuture::isCompletedExceptionally)
                .count();
        assertEquals(15, refused);
        assertEquals(15, heard.get());
        assertEquals(
                15,
                only(disk, "sys_audit_gap").number("data.by_reason.queue_full").orElseThrow());
        assertEquals(
                6, fixture.reader(disk).find(e -> e.type().startsWith("lms.")).size());
    }

    @Test
    @Tag("audit:R20")
    void queueFull_byBytes_isRefusedToo() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.limits(
                        new LogWriter.Limits(1 << 20, 1000, 2000, Duration.ofMillis(1), Duration.ofSeconds(10)))
                .open(disk);
        List<CompletableFuture<Receipt>> promises = freezeWithOneUnderWay(disk, log);

        for (int i = 0; i < 20; i++) {
            promises.add(log.submit(LogFixture.event("n" + i)));
        }

        assertTrue(log.status().queuedBytes() <= 2000, log.status()::toString);
        assertTrue(log.status().queuedRecords() > 0, log.status()::toString);
        disk.thaw();
        log.close();
        assertEquals(
                21,
                fixture.reader(disk).find(e -> e.type().startsWith("lms.")).size()
                        + only(disk, "sys_audit_gap").number("data.count").orElseThrow());
    }

    @Test
    @Tag("audit:R7")
    void queueFull_callerInterruptedAgainAndAgain_isRefusedInTime() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.limits(
                        new LogWriter.Limits(1 << 20, 2, 1 << 20, Duration.ofMillis(300), Duration.ofSeconds(10)))
                .open(disk);
        List<CompletableFuture<Receipt>> promises = freezeWithOneUnderWay(disk, log);
        promises.add(log.submit(LogFixture.event("one")));
        promises.add(log.submit(LogFixture.event("two")));
        Thread caller = new Thread(() -> promises.add(log.submit(LogFixture.event("no room"))));

        caller.start();

        Eventually.until(Duration.ofSeconds(10), "the caller gave up", () -> {
            caller.interrupt();
            return !caller.isAlive();
        });
        assertTrue(promises.get(3).isCompletedExceptionally());
        assertEquals(1, log.status().lost());
        disk.thaw();
        log.close();
    }

    @Test
    @Tag("audit:R20")
    void offer_queueFull_isRefusedAtOnceAndCounted() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.limits(
                        new LogWriter.Limits(1 << 20, 2, 1 << 20, Duration.ofHours(1), Duration.ofSeconds(10)))
                .open(disk);
        List<CompletableFuture<Receipt>> promises = freezeWithOneUnderWay(disk, log);
        promises.add(log.offer(LogFixture.event("one")));
        promises.add(log.offer(LogFixture.event("two")));

        CompletableFuture<Receipt> refused = log.offer(LogFixture.event("no room"));

        assertTrue(refused.isCompletedExceptionally());
        assertEquals(2, log.status().queuedRecords());
        disk.thaw();
        log.close();
        assertEquals(1, only(disk, "sys_audit_gap").number("data.count").orElseThrow());
    }

    @Test
    void diskHangs_recordGivesUpInTime_andSaysThatItDoesNotKnow() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.limits(
                        new LogWriter.Limits(1 << 20, 10, 1 << 20, Duration.ofMillis(1), Duration.ofMillis(50)))
                .open(disk);
        disk.freeze();

        var refusal = assertThrows(AuditUnavailableException.class, () -> LogFixture.record(log, "late"));

        assertTrue(refusal.getMessage().contains("may still be stored"), refusal.getMessage());
        disk.thaw();
        log.close();
        assertEquals(
                1, fixture.reader(disk).find(e -> e.type().startsWith("lms.")).size());
    }

    @Test
    void diskHangs_closeComesBackAndTheDirectoryStaysLocked() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        Path folder = temp.resolve("locked");
        assertEquals(List.of(), LogFolder.prepare(folder));
        fixture.limits(new LogWriter.Limits(1 << 20, 10, 1 << 20, Duration.ofMillis(1), Duration.ofMillis(50)));
        LogWriter log = LogWriter.open(LogFolder.lock(folder).orElseThrow(), disk, fixture.settings());
        disk.freeze();
        CompletableFuture<Receipt> promise = log.submit(LogFixture.event("under way"));

        log.close();

        assertTrue(LogFolder.lock(folder).isEmpty());
        assertFalse(promise.isDone());
        disk.thaw();
        assertNotEquals(0, promise.join().index());
    }

    @Test
    @Tag("audit:R7")
    void close_callerInterrupted_waitsForTheDiskAndKeepsTheFlag() throws Exception {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        disk.freeze();
        CompletableFuture<Receipt> promise = log.submit(LogFixture.event("queued"));
        AtomicBoolean flag = new AtomicBoolean();
        Thread closer = new Thread(() -> {
            Thread.currentThread().interrupt();
            log.close();
            flag.set(Thread.interrupted());
        });

        closer.start();
        Eventually.until(Duration.ofSeconds(10), "close waits", () -> closer.getState() == Thread.State.TIMED_WAITING);
        closer.interrupt();
        assertFalse(promise.isDone());
        disk.thaw();
        closer.join();

        assertTrue(flag.get());
        assertEquals(1, promise.join().index());
        assertEquals(1, only(disk, "sys_audit_stopped").index() - promise.join().index());
    }

    @Test
    void open_timeoutBelowAMillisecondAndTheDiskHangs_comesBack() {
        SimulatedDisk disk = new SimulatedDisk();
        fixture.limits(new LogWriter.Limits(1 << 20, 10, 1 << 20, Duration.ZERO, Duration.ofNanos(1)));
        disk.freeze();

        Thread opener = new Thread(() -> assertThrows(IOException.class, () -> fixture.open(disk)));
        opener.start();

        Eventually.until(Duration.ofSeconds(10), "open gave up", () -> !opener.isAlive());
        disk.thaw();
    }

    @Test
    void open_diskHangs_theDirectoryIsLockedUntilTheWriterHasEnded() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        fixture.limits(new LogWriter.Limits(1 << 20, 10, 1 << 20, Duration.ofMillis(1), Duration.ofMillis(50)));
        disk.freeze();

        assertThrows(IOException.class, () -> fixture.open(disk));

        assertTrue(LogFolder.lock(temp.resolve("lock")).isEmpty());
        disk.thaw();
        Eventually.until(Duration.ofSeconds(10), "the directory is free", () -> {
            var lock = LogFolder.lock(temp.resolve("lock"));
            if (lock.isPresent()) {
                lock.get().close();
            }
            return lock.isPresent();
        });
    }

    @Test
    void record_fromACallbackOnTheWriter_isRefusedInsteadOfWaitingForItself() throws IOException {
        SimulatedDisk disk = new SimulatedDisk();
        LogWriter log = fixture.open(disk);
        disk.freeze();
        CompletableFuture<Throwable> seen = log.submit(LogFixture.event("first"))
                .thenApply(receipt -> LogFixture.record(log, "second"))
                .handle((receipt, failure) -> failure);

        disk.thaw();

        assertEquals(IllegalStateException.class, seen.join().getCause().getClass());
        log.close();
    }

    @Test
    @Tag("audit:R7")
    void writerThread_isInterrupted_nothingIsLost() {
        Path directory = temp.resolve("audit");
        try (var log = dev.hardening.audit.AuditLog.file(directory)
                .origin(LogFixture.ORIGIN)
                .open()) {
            Thread writer = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("audit-" + LogFixture.ORIGIN))
                    .findAny()
                    .orElseThrow();

            for (int i = 0; i < 50; i++) {
                writer.interrupt();
                log.record(LogFixture.event("n" + i));
            }
        }

        ReadReport report = AuditReader.of(directory).verify();
        assertTrue(report.continuous(), report::toString);
        assertEquals(
                50,
                AuditReader.of(directory).find(e -> e.type().startsWith("lms.")).size());
    }

    /** Runs a log on a disk with faults, then checks what a kill and what a power loss leave of it. */
    private int operationsOf(IntPredicate failing) throws IOException {
        SimulatedDisk disk = new SimulatedDisk().failing(failing);
        List<Receipt> receipts = new ArrayList<>();
        try {
            LogWriter log = fixture.open(disk);
            for (int i = 0; i < EVENTS; i++) {
                try {
                    receipts.add(LogFixture.record(log, "n" + i));
                } catch (AuditUnavailableException told) {
                    assertTrue(log.status().lost() > 0, "a refusal is counted");
                }
            }
            log.close();
        } catch (IOException notOpened) {
            assertEquals(List.of(), receipts);
        }
        assertFalse(disk.forcedAfterFailure(), "forced again after a failure");
        check(disk.afterKill(), receipts);
        check(disk.afterPowerLoss(), receipts);
        return disk.operations();
    }

    private void check(SimulatedDisk disk, List<Receipt> receipts) throws IOException {
        LogWriter reopened = fixture.open(disk);
        receipts.add(LogFixture.record(reopened, "reopened"));
        reopened.close();
        ReadReport report = fixture.reader(disk).verify();
        assertTrue(report.continuous(), report::toString);
        receipts.forEach(receipt -> assertEquals(1, count(disk, receipt), receipt::toString));
        receipts.remove(receipts.size() - 1);
    }

    private long count(SimulatedDisk disk, Receipt receipt) {
        return fixture.events(disk).stream()
                .filter(event ->
                        event.text("id").orElseThrow().equals(receipt.id().toString())
                                && event.index() == receipt.index())
                .count();
    }

    private StoredEvent only(SimulatedDisk disk, String type) {
        List<StoredEvent> found =
                fixture.reader(disk).find(event -> event.type().equals(type));
        assertEquals(1, found.size(), found::toString);
        return found.get(0);
    }

    private static LogWriter.Limits queueOf(int records) {
        return new LogWriter.Limits(1 << 20, records, 1 << 20, Duration.ofMillis(1), Duration.ofSeconds(10));
    }

    private static List<CompletableFuture<Receipt>> freezeWithOneUnderWay(SimulatedDisk disk, LogWriter log) {
        disk.freeze();
        List<CompletableFuture<Receipt>> promises = new ArrayList<>();
        promises.add(log.submit(LogFixture.event("under way")));
        Eventually.until(Duration.ofSeconds(10), "the writer waits for the disk", disk::awaitsForce);
        return promises;
    }
}
