package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two rings on one store stand for two processes; time passes only where a test says so. */
class RingCacheTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final Duration MISS = Duration.ofSeconds(1);
    private static final Duration INSTANT = Duration.ofNanos(1);
    private static final String UNKNOWN = "0123456789abcdef";

    private final FakeTicker ticker = FakeTicker.create();
    private final InMemoryRingStore shared = new InMemoryRingStore();
    private final FlakyRingStore store = new FlakyRingStore(shared);
    private final KeyRing ring = open(store);
    private final KeyRing other = open(shared);

    private KeyRing open(RingStore opened) {
        return KeyRing.builder()
                .name("refresh")
                .kind(KeyKind.HMAC_256)
                .store(opened)
                .ticker(ticker)
                .refreshInterval(REFRESH)
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build();
    }

    @Test
    void find_keyMadeByAnotherProcess_isFoundAtOnce() {
        String made = other.unsafePromoteNow(other.add().id()).id();

        assertEquals(made, ring.find(made).orElseThrow().id());
        assertEquals(made, ring.active().id());
    }

    @Test
    void find_keyKnownAsPendingButPromotedElsewhere_isFound() {
        String made = other.add().id();
        ring.refresh();
        other.unsafePromoteNow(made);

        assertEquals(KeyState.ACTIVE, ring.find(made).orElseThrow().state());
    }

    @Test
    void find_unknownIds_askTheStoreOnceASecond() {
        int before = store.loads.get();

        for (int i = 0; i < 100; i++) {
            assertEquals(Optional.empty(), ring.find(UNKNOWN));
        }
        assertEquals(before + 1, store.loads.get());

        ticker.advance(MISS.minus(INSTANT));
        ring.find(UNKNOWN);
        assertEquals(before + 1, store.loads.get());

        ticker.advance(INSTANT);
        ring.find(UNKNOWN);
        assertEquals(before + 2, store.loads.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "0123456789ABCDEF", "0123456789abcdef0", "../../etc/passwd", "0123456789abcde\n"})
    void find_whatIsNoId_neverReachesTheStore(String id) {
        int before = store.loads.get();

        assertEquals(Optional.empty(), ring.find(id));

        assertEquals(before, store.loads.get());
    }

    @Test
    void find_disabledKey_isRefusedWithoutAskingTheStore() {
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        ring.unsafeDisableNow(first);
        int before = store.loads.get();

        assertEquals(Optional.empty(), ring.find(first));

        assertEquals(before, store.loads.get());
    }

    @Test
    @Tag("secrets:E5")
    void find_keyDisabledElsewhere_isRefusedOnceTheCopyIsOld() {
        String first = ring.active().id();
        other.unsafePromoteNow(other.add().id());
        other.unsafeDisableNow(first);

        ticker.advance(REFRESH.minus(INSTANT));
        assertTrue(ring.find(first).isPresent());

        ticker.advance(INSTANT);
        assertEquals(Optional.empty(), ring.find(first));
    }

    @Test
    @Tag("secrets:R3")
    void outage_knownKeysGoOnAndUnknownOnesCannotBeTold() {
        String known = ring.active().id();
        store.fail(true);
        ticker.advance(REFRESH);

        assertEquals(known, ring.active().id());
        assertTrue(ring.find(known).isPresent());
        assertEquals(1, ring.published().size());
        // Also within the second in which the store is not asked again.
        for (int i = 0; i < 3; i++) {
            var failure = assertThrows(SecretsUnavailableException.class, () -> ring.find(UNKNOWN));
            assertEquals(Reason.INFRASTRUCTURE, failure.reason());
        }
        assertThrows(SecretsUnavailableException.class, ring::refresh);

        store.fail(false);
        ticker.advance(MISS);
        assertEquals(Optional.empty(), ring.find(UNKNOWN));
    }

    @Test
    @Tag("secrets:R3")
    void outage_storeThrowsSomethingElse_isAnOutageLikeAnyOther() {
        String known = ring.active().id();
        for (RuntimeException thrown : List.of(
                new SecretsConfigurationException(List.of("the folder is gone")),
                new IllegalStateException("pool closed"))) {
            store.failure = () -> thrown;
            store.fail(true);
            ticker.advance(REFRESH);

            assertEquals(known, ring.active().id());
            assertTrue(ring.find(known).isPresent());
            for (int i = 0; i < 3; i++) {
                var failure = assertThrows(SecretsUnavailableException.class, () -> ring.find(UNKNOWN));
                assertEquals(Reason.INFRASTRUCTURE, failure.reason());
            }
            assertSame(
                    thrown,
                    assertThrows(SecretsUnavailableException.class, ring::refresh)
                            .getCause());

            store.fail(false);
            ticker.advance(REFRESH);
            assertEquals(Optional.empty(), ring.find(UNKNOWN));
        }
    }

    @Test
    @Tag("secrets:R3")
    void outage_oldCopy_asksTheStoreOnceAnInterval() {
        store.fail(true);
        ticker.advance(REFRESH);
        int before = store.loads.get();

        for (int i = 0; i < 10; i++) {
            ring.active();
        }

        assertEquals(before + 1, store.loads.get());
    }

    @Test
    void find_unknownIdWhileAReadHangs_cannotTellAndIsNotHeldUp() throws InterruptedException {
        String known = ring.active().id();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        store.whileLoading = () -> {
            entered.countDown();
            awaitUninterrupted(release);
        };
        Thread reader = new Thread(() -> ring.find(UNKNOWN));
        reader.start();
        assertTrue(entered.await(10, TimeUnit.SECONDS));

        assertTimeoutPreemptively(Duration.ofSeconds(3), () -> {
            assertThrows(SecretsUnavailableException.class, () -> ring.find(UNKNOWN));
            ticker.advance(MISS);
            assertThrows(SecretsUnavailableException.class, () -> ring.find(UNKNOWN));
            assertTrue(ring.find(known).isPresent());
        });

        release.countDown();
        reader.join();
        assertEquals(Optional.empty(), ring.find(UNKNOWN));
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void rollback_ofTheStore_isReportedAsTamperedAndNotTaken() {
        RingStore.Stored old = shared.load("refresh").orElseThrow();
        InMemoryRingStore rolledBack = new InMemoryRingStore();
        SwitchingStore switching = new SwitchingStore(shared);
        KeyRing watched = open(switching);
        String active = watched.unsafePromoteNow(watched.add().id()).id();
        rolledBack.compareAndSet("refresh", 0, old.document());
        switching.store = rolledBack;

        assertEquals(
                Reason.TAMPERED,
                assertThrows(SecretsUnavailableException.class, watched::refresh)
                        .reason());

        assertEquals(active, watched.active().id());
    }

    @Test
    void store_emptied_isReportedAsTampered() {
        SwitchingStore switching = new SwitchingStore(shared);
        KeyRing watched = open(switching);
        switching.store = new InMemoryRingStore();

        assertEquals(
                Reason.TAMPERED,
                assertThrows(SecretsUnavailableException.class, watched::add).reason());
    }

    private static final class SwitchingStore implements RingStore {
        private RingStore store;

        SwitchingStore(RingStore store) {
            this.store = store;
        }

        @Override
        public Optional<Stored> load(String ring) {
            return store.load(ring);
        }

        @Override
        public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
            return store.compareAndSet(ring, expectedVersion, document);
        }
    }
}
