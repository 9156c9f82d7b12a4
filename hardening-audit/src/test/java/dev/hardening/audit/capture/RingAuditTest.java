package dev.hardening.audit.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.Actor;
import dev.hardening.audit.AuditEvent;
import dev.hardening.audit.AuditListener;
import dev.hardening.audit.AuditLog;
import dev.hardening.audit.AuditUnavailableException;
import dev.hardening.audit.EventType;
import dev.hardening.audit.Outcome;
import dev.hardening.audit.Severity;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.FileRingStore;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingEvent;
import dev.hardening.secrets.ring.RingEvent.Kind;
import dev.hardening.secrets.ring.RingEvent.Origin;
import dev.hardening.secrets.ring.RingListener;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RingAuditTest {
    private static final int QUEUE = 4;
    private static final EventType MARK = EventType.custom("test.mark", Severity.INFO);

    @TempDir
    Path temp;

    private AuditLog log;

    private Path folder() {
        return temp.resolve("audit");
    }

    @BeforeEach
    void openLog() {
        log = AuditLog.file(folder()).origin("lms/test").open();
    }

    @AfterEach
    void closeLog() {
        log.close();
    }

    @Test
    @Tag("secrets:E5")
    @Tag("ASVS-16.3.4")
    void rotation_ofARing_isRecordedKeyByKey() {
        KeyRing ring = KeyRing.builder()
                .name("sealing")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("0123456789abcdef0123456789abcdef"))
                .listener(RingAudit.of(log))
                .build();
        String first = ring.active().id();
        String second = ring.add().id();
        ring.unsafePromoteNow(second);
        ring.unsafeDisableNow(first);
        ring.destroy(first);

        List<StoredEvent> events = events();

        assertEquals(
                List.of(
                        "secrets.ring_made " + first,
                        "secrets.ring_added " + second,
                        "secrets.ring_retired " + first,
                        "secrets.ring_promoted_early " + second,
                        "secrets.ring_disabled " + first,
                        "secrets.ring_destroyed " + first),
                events.stream()
                        .map(event ->
                                event.type() + " " + event.text("data.key").orElseThrow())
                        .toList());
        assertTrue(events.stream().allMatch(event -> event.text("target.id").equals(Optional.of("sealing"))));
    }

    @Test
    @Tag("secrets:E5")
    void changes_atTheCommandLine_areRecordedByTheServiceThatRuns() {
        KeyRing service = ring(RingAudit.of(log));
        String first = service.active().id();
        KeyRing operator = ring(RingListener.none());
        String second = operator.add().id();
        operator.unsafePromoteNow(second);
        operator.unsafeDisableNow(first);
        service.refresh();
        operator.unsafeReenable(first);
        service.refresh();

        assertEquals(
                List.of(
                        "secrets.ring_made WARN here " + first,
                        "secrets.ring_retired WARN elsewhere " + first,
                        "secrets.ring_disabled WARN elsewhere " + first,
                        "secrets.ring_added WARN elsewhere " + second,
                        "secrets.ring_promoted_early CRITICAL elsewhere " + second,
                        "secrets.ring_reenabled CRITICAL elsewhere " + first),
                told("type", "sev", "data.origin", "data.key"));
    }

    private KeyRing ring(RingListener listener) {
        return KeyRing.builder()
                .name("sealing")
                .kind(KeyKind.AES_256)
                .store(new FileRingStore(temp))
                .keyEncryptionKey(Secret.of("0123456789abcdef0123456789abcdef"))
                .listener(listener)
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "MADE, secrets.ring_made WARN SUCCESS",
        "ADDED, secrets.ring_added WARN SUCCESS",
        "PROMOTED, secrets.ring_promoted WARN SUCCESS",
        "PROMOTED_EARLY, secrets.ring_promoted_early CRITICAL SUCCESS",
        "RETIRED, secrets.ring_retired WARN SUCCESS",
        "DISABLED, secrets.ring_disabled WARN SUCCESS",
        "REENABLED, secrets.ring_reenabled CRITICAL SUCCESS",
        "DESTROYED, secrets.ring_destroyed WARN SUCCESS",
        "FORGOTTEN, secrets.ring_forgotten WARN SUCCESS",
        "REWRAPPED, secrets.ring_rewrapped WARN SUCCESS",
        "REFUSED, secrets.ring_refused CRITICAL ERROR",
        "UNAVAILABLE, secrets.ring_unavailable CRITICAL ERROR",
        "RECOVERED, secrets.ring_recovered WARN SUCCESS",
    })
    void event_ofEachKind_isAsSevereHereAsElsewhere(Kind kind, String expected) {
        RingAudit audit = RingAudit.of(log);

        audit.onEvent(event(kind, Origin.HERE));
        audit.onEvent(event(kind, Origin.ELSEWHERE));

        assertEquals(
                List.of(
                        expected + " SYSTEM secrets ring sealing here",
                        expected + " SYSTEM secrets ring sealing elsewhere"),
                told("type", "sev", "out", "actor.kind", "actor.id", "target.type", "target.id", "data.origin"));
    }

    @Test
    void event_ofTheRingAsAWhole_namesNoKey() {
        RingAudit.of(log).onEvent(new RingEvent(Kind.REWRAPPED, Origin.HERE, "sealing", "", Instant.EPOCH));

        assertFalse(events().get(0).text("data.key").isPresent());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void event_whileTheDiskDoesNotAnswer_waitsOnlyIfItIsAChangeMadeHere(Kind kind) {
        boolean change = !Set.of(Kind.REFUSED, Kind.UNAVAILABLE, Kind.RECOVERED).contains(kind);
        withStuckDisk(audit -> {
            audit.onEvent(event(kind, Origin.ELSEWHERE));
            if (change) {
                assertThrows(AuditUnavailableException.class, () -> audit.onEvent(event(kind, Origin.HERE)));
            } else {
                audit.onEvent(event(kind, Origin.HERE));
            }
        });

        assertEquals(2, events().size(), "what could not be waited for is stored in the end");
    }

    @ParameterizedTest
    @EnumSource(Origin.class)
    void event_noticedWhileTheQueueIsFull_waitsForNoRoomAndIsCounted(Origin origin) {
        Kind kind = origin == Origin.HERE ? Kind.REFUSED : Kind.REENABLED;
        withStuckDisk(audit -> {
            for (int queued = 0; queued < QUEUE; queued++) {
                audit.onEvent(event(kind, origin));
            }
            assertEquals(0, log.status().lost());

            audit.onEvent(event(kind, origin));
            assertEquals(1, log.status().lost());
        });

        assertEquals(QUEUE, events().size());
        assertEquals(
                1,
                AuditReader.of(folder())
                        .find(event -> event.type().equals("sys_audit_gap"))
                        .size());
    }

    @Test
    void change_whoseEventCannotBeStored_hasHappenedAllTheSame() {
        KeyRing ring = ring(RingAudit.of(log));
        log.close();

        String second = ring.add().id();
        ring.unsafePromoteNow(second);

        assertEquals(second, ring(RingListener.none()).active().id());
        assertEquals(1, events().size());
    }

    @Test
    void log_closed_isSaidOfAChange() {
        log.close();
        RingAudit audit = RingAudit.of(log);

        assertThrows(AuditUnavailableException.class, () -> audit.onEvent(event(Kind.ADDED, Origin.HERE)));
        audit.onEvent(event(Kind.ADDED, Origin.ELSEWHERE));
    }

    /** A log whose writer hangs in its listener, as it would in the disk; it goes on once the work is done. */
    private void withStuckDisk(Consumer<RingAudit> work) {
        log.close();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean hang = new AtomicBoolean();
        AuditListener disk = new AuditListener() {
            @Override
            public void committed(Commit commit) {
                boolean now = hang.get();
                started.countDown();
                if (now) {
                    stuck.countDown();
                    awaited(goOn);
                }
            }
        };
        log = AuditLog.file(folder())
                .origin("lms/test")
                .listener(disk)
                .queue(QUEUE, 1 << 20)
                .queueTimeout(Duration.ofHours(1))
                .acknowledgeTimeout(Duration.ofMillis(200))
                .open();
        awaited(started);
        hang.set(true);
        log.offer(mark());
        awaited(stuck);
        try {
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> work.accept(RingAudit.of(log)));
        } finally {
            goOn.countDown();
        }
        log.submit(mark()).toCompletableFuture().join();
    }

    private static void awaited(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static AuditEvent mark() {
        return AuditEvent.of(MARK)
                .actor(Actor.system("test"))
                .outcome(Outcome.SUCCESS)
                .build();
    }

    private static RingEvent event(Kind kind, Origin origin) {
        return new RingEvent(kind, origin, "sealing", "0011223344556677", Instant.EPOCH);
    }

    private List<String> told(String... fields) {
        return events().stream()
                .map(event -> Stream.of(fields)
                        .map(field -> field.equals("type")
                                ? event.type()
                                : event.text(field).orElseThrow())
                        .collect(Collectors.joining(" ")))
                .toList();
    }

    private List<StoredEvent> events() {
        log.close();
        return AuditReader.of(folder()).find(event -> event.type().startsWith("secrets.ring_"));
    }
}
