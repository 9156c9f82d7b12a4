package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException.Reason;
import dev.hardening.secrets.ring.RingStatus.Freshness;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:R3")
@Tag("secrets:A10")
class RingStatusTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final Duration STALE = Duration.ofMinutes(5);
    private static final Duration INSTANT = Duration.ofNanos(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final FlakyRingStore store = new FlakyRingStore(new InMemoryRingStore());

    private KeyRing.Builder builder() {
        return KeyRing.builder()
                .name("data")
                .kind(KeyKind.AES_256)
                .store(store)
                .ticker(ticker)
                .refreshInterval(REFRESH)
                .keyEncryptionKey(Secret.of("k".repeat(32)));
    }

    @Test
    void status_readAndUnreadableAndReadAgain_tellsVersionAgeAndReason() {
        KeyRing ring = builder().build();
        assertEquals(new RingStatus("data", Freshness.FRESH, 1, Duration.ZERO, ""), ring.status());

        store.fail(true);
        ticker.advance(REFRESH);
        ring.active();
        assertEquals(new RingStatus("data", Freshness.STALE, 1, REFRESH, "INFRASTRUCTURE"), ring.status());

        store.fail(false);
        ring.add();
        ring.refresh();
        assertEquals(new RingStatus("data", Freshness.FRESH, 2, Duration.ZERO, ""), ring.status());
    }

    @Test
    void status_idleRing_isOldAndNotStale() {
        KeyRing ring = builder().maxStale(STALE).build();

        ticker.advance(Duration.ofDays(1));

        assertEquals(Freshness.FRESH, ring.status().freshness());
        assertEquals(Duration.ofDays(1), ring.status().age());
    }

    @Test
    void maxStale_aroundIt_handsOutKeysUntilItAndNoneAfter() {
        KeyRing ring = builder().maxStale(STALE).build();
        String known = ring.active().id();
        store.fail(true);

        ticker.advance(STALE);
        assertEquals(known, ring.active().id());
        assertEquals(Freshness.STALE, ring.status().freshness());

        ticker.advance(INSTANT);
        for (Runnable lookUp : List.<Runnable>of(ring::active, ring::published, () -> ring.find(known))) {
            var refused = assertThrows(SecretsUnavailableException.class, lookUp::run);
            assertEquals(Reason.INFRASTRUCTURE, refused.reason());
        }
        assertEquals(Freshness.EXPIRED, ring.status().freshness());

        store.fail(false);
        ticker.advance(REFRESH);
        assertEquals(known, ring.active().id());
        assertEquals(Freshness.FRESH, ring.status().freshness());
    }

    @Test
    void maxStale_tamperedStore_keepsTheReason() {
        KeyRing ring = builder().maxStale(STALE).build();
        store.failure = () -> new SecretsUnavailableException(Reason.TAMPERED, "another ring");
        store.fail(true);

        ticker.advance(STALE.plus(INSTANT));

        assertEquals(
                Reason.TAMPERED,
                assertThrows(SecretsUnavailableException.class, ring::active).reason());
        assertEquals("TAMPERED", ring.status().reason());
    }

    @Test
    void maxStale_idleRing_isReadByOneAndTheOthersWaitForIt() throws InterruptedException {
        KeyRing ring = builder().maxStale(STALE).build();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        store.whileLoading = () -> {
            entered.countDown();
            try {
                assertTrue(release.await(30, TimeUnit.SECONDS));
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        };
        ticker.advance(STALE.plus(INSTANT));
        List<RingKey> seen = new java.util.concurrent.CopyOnWriteArrayList<>();
        Thread reading = new Thread(() -> seen.add(ring.active()));
        Thread waiting = new Thread(() -> seen.add(ring.active()));
        reading.start();
        assertTrue(entered.await(10, TimeUnit.SECONDS));
        assertEquals(Freshness.EXPIRED, ring.status().freshness(), "while the reading hangs");
        waiting.start();
        release.countDown();
        reading.join();
        waiting.join();

        assertEquals(2, seen.size());
    }

    @Test
    void maxStale_notGiven_handsOutKnownKeysForEver() {
        KeyRing ring = builder().build();
        store.fail(true);
        ticker.advance(Duration.ofDays(3_650));

        assertEquals(KeyState.ACTIVE, ring.active().state());
        assertEquals(Freshness.STALE, ring.status().freshness());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT19.999999999S", "PT-1S", "PT720H0.000000001S"})
    void maxStale_pastItsBounds_isAFault(Duration age) {
        var refused = assertThrows(
                SecretsConfigurationException.class,
                () -> builder().maxStale(age).build());

        assertEquals(1, refused.faults().size());
        assertTrue(refused.faults().get(0).startsWith("maxStale must be at least twice refreshInterval"));
    }

    /** The mode of the folder was changed while the process runs. */
    @Test
    void change_storeThatIsNotUsableAnyMore_isAnOutage() {
        KeyRing ring = builder().build();
        SecretsConfigurationException unsafe =
                new SecretsConfigurationException(List.of("the folder is open to others"));
        store.failure = () -> unsafe;
        store.fail(true);

        for (Runnable change : List.<Runnable>of(ring::add, ring::rewrap, () -> ring.destroy("0"))) {
            var failure = assertThrows(SecretsUnavailableException.class, change::run);
            assertEquals(unsafe, failure.getCause());
        }
    }
}
