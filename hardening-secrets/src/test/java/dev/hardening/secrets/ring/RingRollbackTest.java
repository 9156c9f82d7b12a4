package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What somebody may try who can put back a whole old document, which is genuine: nothing a process does takes it up. */
@Tag("secrets:E4")
class RingRollbackTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);

    private final FakeClock clock = FakeClock.create();
    private final FakeTicker ticker = FakeTicker.create();
    private final Replaceable store = new Replaceable();
    private final KeyRing ring = open();
    private final String disabled = ring.active().id();

    /** A store whose content can be put back. */
    private static final class Replaceable implements RingStore {
        private volatile Optional<Stored> stored = Optional.empty();
        private volatile Runnable beforeStoring = () -> {};

        @Override
        public Optional<Stored> load(String ring) {
            return stored;
        }

        @Override
        public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
            beforeStoring.run();
            boolean same = stored.map(Stored::version).orElse(0L) == expectedVersion;
            if (same) {
                stored = Optional.of(new Stored(expectedVersion + 1, document));
            }
            return same;
        }
    }

    private KeyRing open() {
        return KeyRing.builder()
                .name("a")
                .kind(KeyKind.HMAC_256)
                .store(store)
                .clock(clock)
                .ticker(ticker)
                .refreshInterval(REFRESH)
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build();
    }

    /** Disables the first key, and gives what was stored before that. */
    private Optional<RingStore.Stored> disabledSince() {
        ring.unsafePromoteNow(ring.add().id());
        ring.add();
        Optional<RingStore.Stored> before = store.stored;
        ring.unsafeDisableNow(disabled);
        return before;
    }

    private static void assertTampered(Runnable work) {
        assertEquals(
                Reason.TAMPERED,
                assertThrows(SecretsUnavailableException.class, work::run).reason());
    }

    static Stream<Named<BiConsumer<KeyRing, String>>> changes() {
        return Stream.of(
                Named.of("add", (ring, disabled) -> ring.add()),
                Named.of("promote", (ring, disabled) -> ring.promote(pending(ring))),
                Named.of("unsafePromoteNow", (ring, disabled) -> ring.unsafePromoteNow(pending(ring))),
                Named.of("disable", (ring, disabled) -> ring.disable(pending(ring))),
                Named.of("unsafeDisableNow", (ring, disabled) -> ring.unsafeDisableNow(disabled)),
                Named.of("unsafeReenable", (ring, disabled) -> ring.unsafeReenable(disabled)),
                Named.of("destroy", (ring, disabled) -> ring.destroy(disabled)),
                Named.of("rewrap", (ring, disabled) -> ring.rewrap()),
                Named.of("rotate", (ring, disabled) -> ring.rotate(RotationPolicy.every(Duration.ofDays(1)))));
    }

    private static String pending(KeyRing ring) {
        return ring.published().stream()
                .filter(key -> key.state() == KeyState.PENDING)
                .findFirst()
                .orElseThrow()
                .id();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void change_afterARollback_isRefusedAndWritesNothing(BiConsumer<KeyRing, String> change) {
        Optional<RingStore.Stored> old = disabledSince();
        clock.advance(Duration.ofDays(2));
        store.stored = old;

        assertTampered(() -> change.accept(ring, disabled));

        assertEquals(old, store.stored);
        assertTampered(ring::refresh);
        assertEquals(Optional.empty(), ring.find(disabled));
    }

    /** The old document, changed by a process that was started after it was put back. */
    @Test
    void forkOfTheSameVersion_isRefusedByReadingsAndChanges() {
        store.stored = disabledSince();
        open().add();

        assertTampered(ring::add);
        assertTampered(ring::refresh);
        ticker.advance(REFRESH);
        assertEquals(Optional.empty(), ring.find(disabled));
    }

    @Test
    void rollbackBetweenReadingAndWriting_isNotTakenOver() {
        Optional<RingStore.Stored> old = disabledSince();
        Optional<RingStore.Stored> seen = store.stored;
        store.stored = old;
        KeyRing late = open();
        store.beforeStoring = () -> {
            store.beforeStoring = () -> {};
            store.stored = seen;
            late.refresh();
            store.stored = old;
        };

        assertTampered(late::add);

        assertEquals(Optional.empty(), late.find(disabled));
    }

    @Test
    void sameDocumentAgain_keepsTheKeysThatWereOpened() {
        RingKey active = ring.active();

        ring.refresh();
        ticker.advance(REFRESH);

        assertTrue(active == ring.active(), "no key is unwrapped again for a document that is the same");
        ring.add();
        assertEquals(List.of(active.id()), List.of(ring.active().id()));
    }
}
