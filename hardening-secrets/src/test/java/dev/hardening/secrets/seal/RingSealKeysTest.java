package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RingSealKeysTest {
    private static final SealContext PLACE = SealContext.of("user", "email", "42");
    private static final Duration REFRESH = Duration.ofSeconds(10);

    private final FakeTicker ticker = FakeTicker.create();
    private final BreakableStore store = new BreakableStore();
    private final KeyRing ring = open(ticker);

    /** A store that may stop answering. */
    private static final class BreakableStore implements RingStore {
        private final RingStore store = new InMemoryRingStore();
        private boolean broken;

        @Override
        public Optional<Stored> load(String name) {
            if (broken) {
                throw new SecretsUnavailableException("the store is down");
            }
            return store.load(name);
        }

        @Override
        public boolean compareAndSet(String name, long expectedVersion, byte[] document) {
            return store.compareAndSet(name, expectedVersion, document);
        }
    }

    private KeyRing open(FakeTicker elapsed) {
        return KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(store)
                .ticker(elapsed)
                .refreshInterval(REFRESH)
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    @Test
    void active_sameRing_isPreparedOnce() {
        RingSealKeys keys = new RingSealKeys(ring);
        SealKey first = keys.active();

        assertSame(first, keys.active());
        assertSame(first, keys.find(first.id()).orElseThrow());
        ring.refresh();
        assertSame(first, keys.active());
        SealRing.rotate(ring);
        assertNotSame(first, keys.active());
        assertSame(first, keys.find(first.id()).orElseThrow());
    }

    @Test
    void prepared_manyKeysComeAndGo_areThoseOfTheRing() {
        RingSealKeys keys = new RingSealKeys(ring);
        for (int i = 0; i < 80; i++) {
            String old = SealRing.rotate(ring);
            assertTrue(keys.find(old).isPresent());
            ring.unsafeDisableNow(old);
            ring.destroy(old);
            keys.active();
        }

        assertEquals(1, keys.prepared());
    }

    @Test
    void find_refusedKey_isForgottenAtOnce() {
        RingSealKeys keys = new RingSealKeys(ring);
        String old = SealRing.rotate(ring);
        keys.active();
        assertEquals(2, keys.prepared());

        ring.unsafeDisableNow(old);

        assertTrue(keys.find(old).isEmpty());
        assertEquals(1, keys.prepared());
    }

    /** A process that only opens never asks for the active key. */
    @Tag("secrets:S3")
    @Test
    void find_keyDisabledByAnotherProcess_isForgottenWithoutSealingAnything() {
        KeyRing other = open(FakeTicker.create());
        String old = SealRing.rotate(other);
        String older = SealRing.rotate(other);
        String active = other.active().id();
        ring.refresh();
        RingSealKeys keys = new RingSealKeys(ring);
        keys.find(old);
        keys.find(older);
        assertEquals(3, keys.prepared());

        other.unsafeDisableNow(old);
        other.unsafeDisableNow(older);
        ticker.advance(REFRESH);
        assertTrue(keys.find(active).isPresent());

        assertEquals(1, keys.prepared());
    }

    @Test
    void find_manyThreadsWhileKeysAreDisabled_keepsNoneOfThem() throws Exception {
        RingSealKeys keys = new RingSealKeys(ring);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 200; round++) {
                String old = SealRing.rotate(ring);
                List<Future<?>> running = new ArrayList<>();
                for (int thread = 0; thread < 3; thread++) {
                    running.add(threads.submit(() -> keys.find(old)));
                }
                running.add(threads.submit(() -> ring.unsafeDisableNow(old)));
                for (var run : running) {
                    run.get();
                }
                ring.destroy(old);
                keys.find(old);
                assertEquals(1, keys.prepared());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Tag("secrets:E5")
    @Test
    void open_keyDisabledByAnotherProcess_isRefusedAfterTheRefreshInterval() {
        FakeTicker elsewhere = FakeTicker.create();
        KeyRing other = open(elsewhere);
        Sealer sealer = Sealer.of(ring);
        byte[] message = sealer.seal(new byte[1], PLACE);
        other.unsafeDisableNow(SealRing.rotate(other));

        ticker.advance(REFRESH.minusNanos(1));
        assertTrue(sealer.open(message, PLACE).value().isPresent());
        ticker.advance(Duration.ofNanos(1));
        assertTrue(sealer.open(message, PLACE).value().isEmpty());
    }

    @Tag("secrets:A11")
    @Test
    void open_sealedByANewKeyOfAnotherProcess_opensAtOnce() {
        KeyRing other = open(FakeTicker.create());
        Sealer sealer = Sealer.of(ring);
        SealRing.rotate(other);
        byte[] message = Sealer.of(other).seal(new byte[1], PLACE);

        assertTrue(sealer.open(message, PLACE).value().isPresent());
    }

    @Tag("secrets:E4")
    @Test
    void open_unknownKeyWhileTheStoreIsDown_isUnavailableAndNotRefused() {
        Sealer sealer = Sealer.of(ring);
        byte[] known = sealer.seal(new byte[1], PLACE);
        byte[] unknown = known.clone();
        unknown[5] ^= 1;
        store.broken = true;

        assertTrue(sealer.open(known, PLACE).value().isPresent());
        assertThrows(SecretsUnavailableException.class, () -> sealer.open(unknown, PLACE));
        store.broken = false;
        ticker.advance(REFRESH);
        assertEquals(
                "Refused[key " + Sealer.keyIdOf(unknown).orElseThrow() + "]",
                sealer.open(unknown, PLACE).toString());
    }
}
