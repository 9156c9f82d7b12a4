package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.secrets.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Documents in which the key of each version is added by that version. */
@Tag("secrets:E5")
class RingHistoryTest {
    private final RingHistory history = new RingHistory(version(1), Duration.ofMinutes(1));

    private static RingDocument version(int version) {
        List<RingEntry> keys = new ArrayList<>();
        for (int key = 1; key <= version; key++) {
            KeyState state = key == 1 ? KeyState.ACTIVE : KeyState.PENDING;
            keys.add(new RingEntry("k" + key, state, Instant.EPOCH, Instant.EPOCH, "wrapped", ""));
        }
        return new RingDocument("signing", KeyKind.HMAC_256, version, "seal", keys);
    }

    private static RingVault.Change change(int from, int to) {
        KeyRing any = KeyRing.builder()
                .name("signing")
                .kind(KeyKind.HMAC_256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build();
        return new RingVault.Change(version(from), new RingSnapshot(version(to), List.of(), any.active()));
    }

    private List<String> elsewhere() {
        return history.elsewhere().stream().map(RingDifference::keyId).toList();
    }

    @Test
    void documents_ofOthers_areDifferencesOnce() {
        history.saw(version(3));

        assertEquals(List.of("k2", "k3"), elsewhere());
        assertEquals(List.of(), elsewhere());
    }

    @Test
    void documents_thatAreOlder_countForNothing() {
        history.saw(version(3));
        elsewhere();
        history.saw(version(2));
        history.saw(version(4));

        assertEquals(List.of("k4"), elsewhere());
    }

    @Test
    void ownVersions_betweenThoseOfOthers_areLeftOut() {
        history.began();
        history.stored(change(4, 5));
        history.stored(change(2, 3));
        history.ended();
        history.saw(version(6));

        assertEquals(List.of("k2", "k4", "k6"), elsewhere());
    }

    @Test
    void ownVersion_notSeenYet_isLeftOutLater() {
        history.began();
        history.stored(change(2, 3));
        history.ended();
        history.saw(version(2));
        assertEquals(List.of("k2"), elsewhere());

        history.saw(version(4));
        assertEquals(List.of("k4"), elsewhere());
    }

    @Test
    void changes_underWay_putOffTheAnswerUntilTheLastHasEnded() {
        history.began();
        history.began();
        history.saw(version(3));
        assertEquals(List.of(), elsewhere());

        history.stored(change(2, 3));
        history.ended();
        assertEquals(List.of(), elsewhere());

        history.ended();
        assertEquals(List.of("k2"), elsewhere());
    }

    @Test
    void changes_toTheSameDocument_areNobodysOwn() {
        history.saw(version(2));
        history.began();
        history.stored(change(2, 2));
        history.ended();

        assertEquals(List.of("k2"), elsewhere());
    }
}
