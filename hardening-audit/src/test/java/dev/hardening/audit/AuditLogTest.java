package dev.hardening.audit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.ReadReport;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.testing.FakeClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditLogTest {
    private static final AuditEvent LOGIN =
            Events.loginSucceeded(Actor.user("u1")).tenant("main").build();

    @TempDir
    Path temp;

    @Test
    void record_returns_whenTheEventStandsInTheFile() {
        try (AuditLog log = builder().open()) {
            Receipt receipt = log.record(LOGIN);

            StoredEvent stored = events().get((int) receipt.index());
            assertEquals("authn_login_success", stored.type());
            assertEquals(receipt.id().toString(), stored.text("id").orElseThrow());
            assertEquals(1, receipt.index());
            assertEquals("lms/test", receipt.origin());
        }
    }

    @Test
    void open_close_writeStartAndStop() {
        try (AuditLog log = builder().open()) {
            log.record(LOGIN);
        }

        List<String> types = events().stream().map(StoredEvent::type).toList();
        assertEquals(List.of("sys_audit_started", "authn_login_success", "sys_audit_stopped"), types);
        assertTrue(AuditReader.of(directory()).verify().continuous());
    }

    @Test
    void open_again_goesOnWhereItEnded() {
        builder().open().close();

        try (AuditLog log = builder().open()) {
            assertEquals(3, log.record(LOGIN).index());
        }

        StoredEvent started = events().get(2);
        assertEquals(
                "true",
                String.valueOf(
                        started.fields().get("data") instanceof java.util.Map<?, ?> data ? data.get("clean") : null));
        assertEquals(2L, started.number("data.prev_size").orElseThrow());
    }

    @Test
    @Tag("audit:R4")
    @Tag("ASVS-16.4.2")
    void files_always_belongToTheOwnerAlone() throws IOException {
        builder().open().close();

        assertEquals("rwx------", mode(directory()));
        assertEquals("rwx------", mode(directory().resolve("seg")));
        assertEquals("rw-------", mode(directory().resolve("seg/0.jsonl")));
        assertEquals("rw-------", mode(directory().resolve("lock")));
    }

    @Test
    void open_directoryOthersCanEnter_isRefused() throws IOException {
        Files.createDirectory(
                directory(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));

        var refusal =
                assertThrows(AuditConfigurationException.class, () -> builder().open());

        assertTrue(refusal.getMessage().contains("0700"), refusal.getMessage());
    }

    @Test
    void open_directoryIsALink_isRefused() throws IOException {
        Path real = Files.createDirectory(
                temp.resolve("real"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(directory(), real);

        assertThrows(AuditConfigurationException.class, () -> builder().open());
    }

    @Test
    void open_directoryIsAFile_isRefused() throws IOException {
        Files.createFile(directory());

        assertThrows(AuditConfigurationException.class, () -> builder().open());
    }

    @Test
    void open_segmentIsALink_isRefused() throws IOException {
        builder().open().close();
        Path segment = directory().resolve("seg/0.jsonl");
        Path elsewhere = Files.move(segment, temp.resolve("elsewhere"));
        Files.createSymbolicLink(segment, elsewhere);

        assertThrows(AuditUnavailableException.class, () -> builder().open());
    }

    @Test
    void open_segmentHasASecondName_isRefused() throws IOException {
        builder().open().close();
        Files.createLink(temp.resolve("second"), directory().resolve("seg/0.jsonl"));

        assertThrows(AuditUnavailableException.class, () -> builder().open());
    }

    @Test
    void open_whileAnotherWriterHoldsIt_isRefused() {
        try (AuditLog first = builder().open()) {
            var refusal = assertThrows(
                    AuditUnavailableException.class, () -> builder().open());

            assertTrue(refusal.getMessage().contains("another writer"), refusal.getMessage());
            assertDoesNotThrow(() -> first.record(LOGIN));
        }
    }

    @Test
    void open_badSettings_listsEveryFault() {
        var refusal = assertThrows(
                AuditConfigurationException.class,
                () -> AuditLog.file(directory())
                        .origin("has space")
                        .service(" ")
                        .segmentBytes(1)
                        .queue(1, 1)
                        .queueTimeout(Duration.ofSeconds(-1))
                        .acknowledgeTimeout(Duration.ZERO)
                        .open());

        assertEquals(7, refusal.faults().size(), refusal.getMessage());
        assertThrows(
                AuditConfigurationException.class,
                () -> AuditLog.file(directory()).open());
    }

    @Test
    void open_waitsBeyondAnyClock_areFaults() {
        Duration forever = Duration.ofSeconds(Long.MAX_VALUE);

        var refusal = assertThrows(
                AuditConfigurationException.class,
                () -> builder()
                        .queueTimeout(forever)
                        .acknowledgeTimeout(forever)
                        .open());

        assertEquals(2, refusal.faults().size(), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    @Tag("audit:R1")
    void record_manyThreads_everyEventOnceInOrderOfReceipts(int threads) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (AuditLog log = builder().open()) {
            List<Future<Receipt>> receipts = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                AuditEvent event = event("n" + i);
                receipts.add(pool.submit(() -> log.record(event)));
            }

            List<StoredEvent> stored = new ArrayList<>();
            for (Future<Receipt> receipt : receipts) {
                receipt.get();
            }
            stored.addAll(events());
            for (int i = 0; i < 400; i++) {
                Receipt receipt = receipts.get(i).get();
                assertEquals(
                        "n" + i,
                        stored.get((int) receipt.index()).text("target.id").orElseThrow());
            }
            assertTrue(AuditReader.of(directory()).verify().continuous());
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    @Tag("audit:R7")
    void record_callerInterrupted_isStoredAndTheFlagStays() {
        try (AuditLog log = builder().open()) {
            Thread.currentThread().interrupt();

            Receipt receipt = log.record(LOGIN);

            assertTrue(Thread.interrupted());
            assertEquals(
                    "authn_login_success", events().get((int) receipt.index()).type());
            assertDoesNotThrow(() -> log.record(LOGIN));
        }
    }

    @Test
    @Tag("audit:R7")
    void record_manyInterrupts_neverCloseTheLog() throws Exception {
        try (AuditLog log = builder().open()) {
            Thread caller = new Thread(() -> {
                for (int i = 0; i < 200; i++) {
                    log.record(event("n" + i));
                }
            });
            caller.start();
            while (caller.isAlive()) {
                caller.interrupt();
                Thread.onSpinWait();
            }
            caller.join();

            ReadReport report = AuditReader.of(directory()).verify();
            assertEquals(201, report.records());
            assertTrue(report.continuous());
            assertEquals(List.of(0L), segments());
        }
    }

    @Test
    void record_typeOfTheLogItself_isRefused() {
        try (AuditLog log = builder().open()) {
            AuditEvent forged = AuditEvent.of(EventType.AUDIT_GAP)
                    .actor(Actor.anonymous())
                    .outcome(Outcome.SUCCESS)
                    .build();

            assertThrows(IllegalArgumentException.class, () -> log.record(forged));
        }
    }

    @Test
    void record_afterClose_isRefused() {
        AuditLog log = builder().open();
        log.close();
        log.close();

        assertThrows(AuditUnavailableException.class, () -> log.record(LOGIN));
        assertEquals(AuditStatus.State.CLOSED, log.status().state());
    }

    @Test
    void submit_thenClose_everyPromiseIsKept() {
        List<java.util.concurrent.CompletableFuture<Receipt>> promises = new ArrayList<>();
        try (AuditLog log = builder().open()) {
            for (int i = 0; i < 1000; i++) {
                promises.add(log.submit(event("n" + i)).toCompletableFuture());
            }
        }

        for (int i = 0; i < 1000; i++) {
            assertEquals(i + 1, promises.get(i).join().index());
        }
        assertEquals(1002, AuditReader.of(directory()).verify().records());
    }

    @Test
    void record_fromACallbackOnTheWriter_isRefusedInsteadOfWaitingForItself() {
        try (AuditLog log = builder().open()) {
            var promise =
                    log.submit(LOGIN).thenApply(receipt -> log.record(LOGIN)).toCompletableFuture();

            // Where the event was stored before the callback was hung on it, the callback ran on this thread.
            var result = promise.handle((receipt, failure) -> failure).join();
            if (result != null) {
                assertInstanceOf(IllegalStateException.class, ((CompletionException) result).getCause());
            }
            assertDoesNotThrow(() -> log.record(LOGIN));
        }
    }

    @Test
    void time_eventAndLog_areStoredApart() {
        FakeClock clock = FakeClock.create();
        try (AuditLog log = builder().clock(clock).open()) {
            Receipt receipt = log.record(Events.loginSucceeded(Actor.user("u1"))
                    .time(Instant.parse("2026-11-22T09:59:58.123456789Z"))
                    .build());

            StoredEvent stored = events().get((int) receipt.index());
            assertEquals("2026-11-22T09:59:58.123456Z", stored.text("t").orElseThrow());
            assertEquals("2026-11-22T10:00:00.000000Z", stored.text("lt").orElseThrow());
            assertEquals(clock.instant(), receipt.at());
        }
    }

    @Test
    void rotation_fullSegment_beginsANewOneAtAMultipleOf256() {
        try (AuditLog log = builder().segmentBytes(4096).open()) {
            for (int i = 0; i < 600; i++) {
                log.submit(event("n" + i));
            }
            log.record(LOGIN);
        }

        assertEquals(List.of(0L, 256L, 512L), segments());
        ReadReport report = AuditReader.of(directory()).verify();
        assertEquals(603, report.records());
        assertTrue(report.continuous(), report::toString);
    }

    @Test
    void rotation_thenOpenAgain_goesOnInTheLastSegment() {
        try (AuditLog log = builder().segmentBytes(4096).open()) {
            for (int i = 0; i < 300; i++) {
                log.submit(event("n" + i));
            }
        }

        try (AuditLog log = builder().open()) {
            assertEquals(303, log.record(LOGIN).index());
        }
        assertEquals(List.of(0L, 256L), segments());
    }

    @Test
    void redaction_hostAddsNameAndPattern_bothAreTakenOut() throws IOException {
        try (AuditLog log = builder()
                .redactName("Student-Number")
                .redactPattern(Pattern.compile("MAT-\\d{6}"))
                .open()) {
            log.record(Events.loginSucceeded(Actor.user("u1"))
                    .detail("studentNumber", "4711-canary")
                    .reason("matriculation MAT-123456")
                    .build());
        }

        String text = Files.readString(directory().resolve("seg/0.jsonl"));
        assertEquals(-1, text.indexOf("4711-canary"));
        assertEquals(-1, text.indexOf("MAT-123456"));
    }

    @Test
    void status_runningLog_tellsSizeAndQueue() {
        try (AuditLog log =
                builder().random(new SecureRandom()).ticker(System::nanoTime).open()) {
            log.record(LOGIN);

            assertEquals(new AuditStatus(AuditStatus.State.RUNNING, 2, 0, 0, 0, 0), log.status());
        }
    }

    @Test
    void listener_throws_theLogGoesOn() {
        AtomicReference<AuditListener.Commit> seen = new AtomicReference<>();
        AuditListener broken = new AuditListener() {
            @Override
            public void committed(Commit commit) {
                seen.set(commit);
                throw new IllegalStateException("listener");
            }
        };
        try (AuditLog log = builder().listener(broken).open()) {
            assertDoesNotThrow(() -> log.record(LOGIN));
        }
        assertTrue(seen.get().records() > 0);
        assertTrue(seen.get().bytes() > 0);
    }

    private AuditLog.Builder builder() {
        return AuditLog.file(directory()).origin("lms/test");
    }

    private Path directory() {
        return temp.resolve("audit");
    }

    private List<StoredEvent> events() {
        return AuditReader.of(directory()).find(event -> true);
    }

    private List<Long> segments() {
        try (var files = Files.list(directory().resolve("seg"))) {
            return files.map(file -> Long.valueOf(file.getFileName().toString().replace(".jsonl", "")))
                    .sorted()
                    .toList();
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    private static AuditEvent event(String id) {
        return Events.courseCreated(Actor.user("u1"), id).tenant("main").build();
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
