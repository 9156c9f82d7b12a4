package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A key makes nothing before all who must know it had time to learn it. */
@Tag("secrets:E5")
@Tag("secrets:A11")
class PropagationTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final Duration INSTANT = Duration.ofNanos(1);

    private final FakeClock clock = FakeClock.create();
    private final FakeTicker ticker = FakeTicker.create();
    private final FlakyRingStore store = new FlakyRingStore(new InMemoryRingStore());

    private KeyRing.Builder builder(KeyKind kind) {
        return KeyRing.builder()
                .name("signing")
                .kind(kind)
                .store(store)
                .clock(clock)
                .ticker(ticker)
                .refreshInterval(REFRESH)
                .keyEncryptionKey(Secret.of("k".repeat(64)));
    }

    @Test
    void promote_aroundThePropagationTime_isRefusedBeforeAndDoneAtIt() {
        Duration wait = Duration.ofMinutes(5);
        KeyRing ring = builder(KeyKind.HMAC_256).propagation(wait).build();
        String first = ring.active().id();
        Instant from = clock.instant().plus(wait);
        String added = ring.add().id();

        assertTrue(assertThrows(IllegalStateException.class, () -> ring.promote(added))
                .getMessage()
                .contains(from.toString()));
        clock.advance(wait.minus(INSTANT));
        assertThrows(IllegalStateException.class, () -> ring.promote(added));
        assertEquals(first, ring.active().id());

        clock.advance(INSTANT);
        assertEquals(added, ring.promote(added).id());
        assertEquals(added, ring.promote(added).id());
    }

    /** Another process makes things with the old key until it has read the ring again. */
    @Test
    void disable_aroundThePropagationTime_isRefusedBeforeAndDoneAtIt() {
        Duration wait = Duration.ofMinutes(5);
        KeyRing ring = builder(KeyKind.AES_256).propagation(wait).build();
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        Instant from = clock.instant().plus(wait);

        assertTrue(assertThrows(IllegalStateException.class, () -> ring.disable(first))
                .getMessage()
                .contains(from.toString()));
        clock.advance(wait.minus(INSTANT));
        assertThrows(IllegalStateException.class, () -> ring.disable(first));
        assertTrue(ring.find(first).isPresent());

        clock.advance(INSTANT);
        ring.disable(first);
        ring.disable(first);
        assertTrue(ring.find(first).isEmpty());
    }

    @Test
    void unsafeDisableNow_always_doesNotWait() {
        KeyRing ring = builder(KeyKind.AES_256).build();
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());

        ring.unsafeDisableNow(first);

        assertTrue(ring.find(first).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"HMAC_256,80", "AES_256,80", "EC_P256,680", "EC_P384,680", "ED25519,680"})
    void promote_nothingSaid_waitsForTwoReadingsAndTheClocksAndForCachesOfPublicKeys(KeyKind kind, int seconds) {
        KeyRing ring = builder(kind).build();
        String added = ring.add().id();

        clock.advance(Duration.ofSeconds(seconds).minus(INSTANT));
        assertThrows(IllegalStateException.class, () -> ring.promote(added));
        clock.advance(INSTANT);
        assertEquals(added, ring.promote(added).id());
    }

    @Test
    void promote_onceTheTimeHasPassed_everyOtherProcessKnowsTheKeyWithoutAskingAgain() {
        KeyRing slow = builder(KeyKind.HMAC_256).build();
        KeyRing rotating = builder(KeyKind.HMAC_256).build();
        String added = rotating.add().id();
        ticker.advance(REFRESH);
        slow.active();
        clock.advance(Duration.ofSeconds(80));
        rotating.promote(added);
        store.fail(true);

        assertTrue(slow.published().stream().anyMatch(key -> key.id().equals(added)));
        assertThrows(SecretsUnavailableException.class, () -> slow.find(added), "cannot tell, and not: no such key");
    }

    @Test
    void promote_clockOfTheProcessThatAddedIsBehind_stillWaitsForTwoReadings() {
        FakeClock behind = FakeClock.at(clock.instant().minusSeconds(60));
        String added = builder(KeyKind.HMAC_256).clock(behind).build().add().id();
        KeyRing ring = builder(KeyKind.HMAC_256).build();

        clock.advance(REFRESH.multipliedBy(2).minus(INSTANT));
        assertThrows(IllegalStateException.class, () -> ring.promote(added));
        clock.advance(INSTANT);
        assertEquals(added, ring.promote(added).id());
    }

    @Test
    void unsafePromoteNow_always_doesNotWait() {
        KeyRing ring = builder(KeyKind.EC_P256).build();

        RingKey promoted = ring.unsafePromoteNow(ring.add().id());

        assertEquals(KeyState.ACTIVE, promoted.state());
        assertThrows(IllegalArgumentException.class, () -> ring.unsafePromoteNow("0000000000000000"));
    }

    @Test
    void promote_keyPastBeingActive_saysSoAndNotToWait() {
        KeyRing ring = builder(KeyKind.HMAC_256).build();
        String pending = ring.add().id();
        ring.disable(pending);

        assertTrue(assertThrows(IllegalStateException.class, () -> ring.promote(pending))
                .getMessage()
                .contains("is DISABLED"));
        assertThrows(IllegalStateException.class, () -> ring.unsafePromoteNow(pending));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT10S", "P30D"})
    void propagation_atItsBounds_isTaken(Duration time) {
        assertEquals(
                KeyState.ACTIVE,
                builder(KeyKind.HMAC_256).propagation(time).build().active().state());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT9.999999999S", "PT0S", "PT-1S", "PT720H0.000000001S"})
    void propagation_pastItsBounds_isAFault(Duration time) {
        var refused = assertThrows(
                SecretsConfigurationException.class,
                () -> builder(KeyKind.HMAC_256).propagation(time).build());

        assertEquals(1, refused.faults().size());
        assertTrue(refused.faults().get(0).startsWith("propagation must be at least refreshInterval"));
    }

    @Test
    void threeRotations_firstKey_isAcceptedUntilDisabledAndItsMaterialKeptUntilDestroyed() {
        KeyRing ring = builder(KeyKind.AES_256).build();
        String first = ring.active().id();
        Secret material = ring.active().material();
        for (int rotation = 0; rotation < 3; rotation++) {
            String next = ring.add().id();
            clock.advance(Duration.ofMinutes(2));
            ring.promote(next);
        }

        assertEquals(4, ring.published().size());
        RingKey found = builder(KeyKind.AES_256).build().find(first).orElseThrow();
        assertEquals(KeyState.RETIRING, found.state());
        assertTrue(found.material().matches(material));

        clock.advance(Duration.ofHours(1));
        ring.disable(first);
        assertEquals(Optional.empty(), ring.find(first));
        assertEquals(Optional.empty(), builder(KeyKind.AES_256).build().find(first));
        ring.destroy(first);
        assertEquals(Optional.empty(), ring.find(first));
        assertThrows(IllegalStateException.class, () -> ring.unsafePromoteNow(first));
        assertEquals(
                List.of(KeyState.RETIRING, KeyState.RETIRING, KeyState.ACTIVE),
                ring.published().stream().map(RingKey::state).toList());
    }
}
