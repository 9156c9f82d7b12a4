package dev.hardening.audit.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.audit.AuditLog;
import dev.hardening.audit.read.AuditReader;
import dev.hardening.audit.read.StoredEvent;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingEvent;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RingAuditTest {
    @TempDir
    Path temp;

    private AuditLog log;

    @BeforeEach
    void openLog() {
        log = AuditLog.file(temp.resolve("audit")).origin("lms/test").open();
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

    @ParameterizedTest
    @EnumSource(RingEvent.Kind.class)
    void event_ofAnyKind_isRecorded(RingEvent.Kind kind) {
        RingAudit.of(log).onEvent(new RingEvent(kind, "sealing", "", Instant.EPOCH));

        StoredEvent event = events().get(0);
        assertTrue(event.type().startsWith("secrets.ring_"), event.type());
        assertFalse(event.text("data.key").isPresent());
    }

    private List<StoredEvent> events() {
        log.close();
        return AuditReader.of(temp.resolve("audit")).find(event -> !event.type().startsWith("sys_audit_"));
    }
}
