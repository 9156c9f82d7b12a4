package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("secrets:E5")
class RingDifferenceTest {
    private static final Instant T = Instant.parse("2026-11-22T10:00:00Z");
    private static final Duration PROPAGATION = Duration.ofMinutes(1);

    private static RingEntry entry(String id, KeyState state, Instant changed) {
        return new RingEntry(id, state, T, changed, "wrapped", "");
    }

    private static RingDocument document(long version, RingEntry... keys) {
        return new RingDocument("signing", KeyKind.HMAC_256, version, "seal", List.of(keys));
    }

    private static String kinds(RingDocument before, RingDocument after, String keyId) {
        return RingDifference.between(before, after, PROPAGATION).stream()
                .filter(difference -> difference.keyId().equals(keyId))
                .map(difference -> difference.kind().name())
                .collect(Collectors.joining(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "PENDING, PENDING, ''",
        "PENDING, RETIRING, DISABLED REENABLED",
        "PENDING, DISABLED, DISABLED",
        "PENDING, DESTROYED, DISABLED DESTROYED",
        "RETIRING, RETIRING, DISABLED REENABLED",
        "RETIRING, DISABLED, DISABLED",
        "RETIRING, DESTROYED, DISABLED DESTROYED",
        "DISABLED, RETIRING, REENABLED",
        "DISABLED, DISABLED, REENABLED DISABLED",
        "DISABLED, DESTROYED, DESTROYED",
        "DESTROYED, DESTROYED, ''",
    })
    void key_besideTheSameActiveOne_hasGoneTheseSteps(KeyState from, KeyState to, String steps) {
        RingEntry active = entry("a", KeyState.ACTIVE, T);

        String found = kinds(
                document(4, active, entry("b", from, T)), document(9, active, entry("b", to, T.plusSeconds(90))), "b");

        assertEquals(steps, found);
    }

    @ParameterizedTest
    @CsvSource({
        "ACTIVE, RETIRING, RETIRED",
        "ACTIVE, DISABLED, RETIRED DISABLED",
        "ACTIVE, DESTROYED, RETIRED DISABLED DESTROYED",
        "PENDING, RETIRING, PROMOTED RETIRED",
        "PENDING, DISABLED, DISABLED",
        "DISABLED, RETIRING, REENABLED",
    })
    void key_besideAnotherActiveOne_hasGoneTheseSteps(KeyState from, KeyState to, String steps) {
        RingEntry before = entry("a", from == KeyState.ACTIVE ? KeyState.RETIRING : KeyState.ACTIVE, T);
        RingEntry next = entry("c", KeyState.ACTIVE, T.plusSeconds(90));

        String found = kinds(
                document(4, before, entry("b", from, T)),
                document(9, before.to(KeyState.RETIRING, T), entry("b", to, T.plusSeconds(90)), next),
                "b");

        assertEquals(steps, found);
    }

    @ParameterizedTest
    @CsvSource({
        "ACTIVE, 89, RETIRED",
        "ACTIVE, 90, RETIRED",
        "ACTIVE, 91, RETIRED DISABLED REENABLED",
        "PENDING, 90, PROMOTED RETIRED",
        "PENDING, 91, DISABLED REENABLED",
    })
    void key_retiringSinceAfterTheLastPromotion_wasTakenBack(KeyState from, long seconds, String steps) {
        RingEntry before = entry("a", from == KeyState.ACTIVE ? KeyState.RETIRING : KeyState.ACTIVE, T);
        RingEntry next = entry("c", KeyState.ACTIVE, T.plusSeconds(90));
        RingEntry now = entry("b", KeyState.RETIRING, T.plusSeconds(seconds));

        String found = kinds(
                document(4, before, entry("b", from, T)), document(9, before.to(KeyState.RETIRING, T), now, next), "b");

        assertEquals(steps, found);
    }

    @ParameterizedTest
    @CsvSource({
        "PENDING, ADDED",
        "ACTIVE, ADDED PROMOTED",
        "RETIRING, ADDED PROMOTED RETIRED",
        "DISABLED, ADDED DISABLED",
        "DESTROYED, ADDED DISABLED DESTROYED",
    })
    void key_thatWasNotThere_wasAddedAndNotMadeWithTheRing(KeyState state, String steps) {
        RingEntry first = entry("a", KeyState.ACTIVE, T);
        RingEntry added = entry("b", state, T.plusSeconds(90));
        RingEntry third = entry("c", KeyState.ACTIVE, T.plusSeconds(95));

        RingDocument after = state == KeyState.ACTIVE
                ? document(9, first.to(KeyState.RETIRING, T.plusSeconds(90)), added)
                : document(9, first.to(KeyState.RETIRING, T.plusSeconds(95)), added, third);

        assertEquals(steps, kinds(document(4, first), after, "b"));
        assertEquals("RETIRED", kinds(document(4, first), after, "a"));
    }

    @ParameterizedTest
    @CsvSource({"59, PROMOTED_EARLY", "60, PROMOTED", "61, PROMOTED"})
    void promotion_beforeThePropagationTimeIsOver_wasEarly(long seconds, String kind) {
        RingDocument before = document(4, entry("a", KeyState.ACTIVE, T), entry("b", KeyState.PENDING, T));
        Instant promoted = T.plusSeconds(seconds);

        RingDocument after =
                document(5, entry("a", KeyState.RETIRING, promoted), entry("b", KeyState.ACTIVE, promoted));

        assertEquals(kind, kinds(before, after, "b"));
    }

    @ParameterizedTest
    @CsvSource({
        "PENDING, DISABLED DESTROYED FORGOTTEN",
        "RETIRING, DISABLED DESTROYED FORGOTTEN",
        "DISABLED, DESTROYED FORGOTTEN",
        "DESTROYED, FORGOTTEN",
    })
    void key_thatIsNotThereAnyMore_wasDestroyedFirst(KeyState from, String steps) {
        RingEntry active = entry("a", KeyState.ACTIVE, T);

        assertEquals(steps, kinds(document(4, active, entry("b", from, T)), document(9, active), "b"));
    }

    @Test
    void ring_thatWasNotThere_wasMade() {
        assertEquals("MADE", kinds(document(0), document(1, entry("a", KeyState.ACTIVE, T)), "a"));
    }

    @Test
    void document_ofTheSameVersion_hasNoDifference() {
        RingDocument one = document(4, entry("a", KeyState.ACTIVE, T));

        assertEquals(List.of(), RingDifference.between(one, one, PROPAGATION));
    }
}
