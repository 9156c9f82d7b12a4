package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.RingEvent.Kind;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:E5")
class RotationPolicyTest {
    private static final Duration WAIT = Duration.ofMinutes(5);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration INSTANT = Duration.ofNanos(1);
    private static final RotationPolicy HOURLY = RotationPolicy.every(HOUR);

    private final FakeClock clock = FakeClock.create();
    private final RingStore store = new InMemoryRingStore();
    private final KeyRing ring = open(store);

    private KeyRing open(RingStore opened) {
        return KeyRing.builder()
                .name("signing")
                .kind(KeyKind.HMAC_256)
                .store(opened)
                .clock(clock)
                .propagation(WAIT)
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build();
    }

    private static List<Kind> kinds(List<RingEvent> events) {
        return events.stream().map(RingEvent::kind).toList();
    }

    @Test
    void rotate_nothingDue_writesNothing() {
        long version = store.load("signing").orElseThrow().version();

        assertEquals(List.of(), ring.rotate(HOURLY));

        assertEquals(version, store.load("signing").orElseThrow().version());
    }

    @Test
    void rotate_aroundEachInstant_addsInTimeAndPromotesInTime() {
        clock.advance(HOUR.minus(WAIT).minus(INSTANT));
        assertEquals(List.of(), ring.rotate(HOURLY));

        clock.advance(INSTANT);
        assertEquals(List.of(Kind.ADDED), kinds(ring.rotate(HOURLY)));
        assertEquals(List.of(), ring.rotate(HOURLY));

        clock.advance(WAIT.minus(INSTANT));
        assertEquals(List.of(), ring.rotate(HOURLY));

        clock.advance(INSTANT);
        assertEquals(List.of(Kind.RETIRED, Kind.PROMOTED), kinds(ring.rotate(HOURLY)));
        assertEquals(List.of(), ring.rotate(HOURLY));
    }

    @Test
    void rotate_schedulerWasAwayForDays_stillPublishesBeforeItSigns() {
        String first = ring.active().id();
        clock.advance(Duration.ofDays(3));

        assertEquals(List.of(Kind.ADDED), kinds(ring.rotate(HOURLY)));
        assertEquals(first, ring.active().id());
        clock.advance(WAIT.minus(INSTANT));
        assertEquals(List.of(), ring.rotate(HOURLY));
        clock.advance(INSTANT);
        assertEquals(List.of(Kind.RETIRED, Kind.PROMOTED), kinds(ring.rotate(HOURLY)));
    }

    @Test
    void rotate_keyAddedByHand_isTheNextOneAndNoOtherIsMade() {
        String added = ring.add().id();
        clock.advance(HOUR);

        ring.rotate(HOURLY);

        assertEquals(added, ring.active().id());
        assertEquals(2, ring.published().size());
    }

    @Test
    void rotate_retiredKeys_areDisabledAndDestroyedWhenThePolicySaysSo() {
        RotationPolicy sweeping = HOURLY.disableAfter(Duration.ofMinutes(10)).destroyAfter(Duration.ofMinutes(20));
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());

        clock.advance(Duration.ofMinutes(10).minus(INSTANT));
        assertEquals(List.of(), ring.rotate(sweeping));
        clock.advance(INSTANT);
        assertEquals(List.of(Kind.DISABLED), kinds(ring.rotate(sweeping)));
        assertTrue(ring.find(first).isEmpty());

        clock.advance(Duration.ofMinutes(20).minus(INSTANT));
        assertEquals(List.of(), ring.rotate(sweeping));
        clock.advance(INSTANT);
        RingEvent destroyed = ring.rotate(sweeping).get(0);
        assertEquals(
                new RingEvent(Kind.DESTROYED, RingEvent.Origin.HERE, "signing", first, clock.instant()), destroyed);
    }

    @Test
    void rotate_policyThatSaysNothingOfOldKeys_keepsThemForEver() {
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        clock.advance(Duration.ofDays(10_000));

        ring.rotate(HOURLY);

        assertTrue(ring.find(first).isPresent());
    }

    @Test
    void rotate_fullRing_makesRoomBeforeItAdds() {
        RotationPolicy sweeping = HOURLY.disableAfter(HOUR).destroyAfter(HOUR);
        for (int i = 1; i < RingDocument.MOST_KEYS; i++) {
            ring.unsafePromoteNow(ring.add().id());
        }
        clock.advance(HOUR);

        List<Kind> swept = kinds(ring.rotate(sweeping));
        assertEquals(Collections.nCopies(RingDocument.MOST_KEYS - 1, Kind.DISABLED), swept);
        assertThrows(IllegalStateException.class, () -> ring.rotate(sweeping), "full, and nothing more to sweep");
        clock.advance(HOUR);
        List<Kind> done = kinds(ring.rotate(sweeping));

        assertTrue(done.contains(Kind.FORGOTTEN));
        assertTrue(done.contains(Kind.ADDED));
        assertEquals(RingDocument.MOST_KEYS - 1, Collections.frequency(done, Kind.DESTROYED), "the forgotten one too");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT9M59.999999999S", "PT1S"})
    void rotate_fasterThanTwoPropagations_isRefused(Duration tooFast) {
        assertThrows(IllegalArgumentException.class, () -> ring.rotate(RotationPolicy.every(tooFast)));
        assertEquals(List.of(), ring.rotate(RotationPolicy.every(Duration.ofMinutes(10))));
    }

    @Test
    void rotate_disablingWithinOnePropagation_isRefused() {
        RotationPolicy tooFast = HOURLY.disableAfter(WAIT.minus(INSTANT));

        assertThrows(IllegalArgumentException.class, () -> ring.rotate(tooFast));
        assertEquals(List.of(), ring.rotate(HOURLY.disableAfter(WAIT)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "P36501D"})
    void policy_timesOutOfRange_areRefused(Duration wrong) {
        assertThrows(IllegalArgumentException.class, () -> RotationPolicy.every(wrong));
        assertThrows(IllegalArgumentException.class, () -> HOURLY.disableAfter(wrong));
        assertThrows(IllegalArgumentException.class, () -> HOURLY.destroyAfter(wrong));
    }

    @Test
    void toString_always_namesTheTimes() {
        assertEquals(
                "RotationPolicy[activeFor=PT1H retiringFor=PT2H disabledFor=null]",
                HOURLY.disableAfter(Duration.ofHours(2)).toString());
    }

    @Test
    @Tag("secrets:A11")
    void rotate_manyProcessesAtOnce_doEachThingOnceAndNeverSignUnpublished()
            throws InterruptedException, ExecutionException {
        int processes = 6;
        Random random = SeededRandom.of("RotationPolicyTest");
        List<KeyRing> rings = Collections.nCopies(processes, 0).stream()
                .map(none -> open(store))
                .toList();
        RotationPolicy policy = HOURLY.disableAfter(HOUR).destroyAfter(HOUR);
        ExecutorService pool = Executors.newFixedThreadPool(processes);
        List<RingEvent> all = new ArrayList<>();
        try {
            for (int round = 0; round < 60; round++) {
                clock.advance(Duration.ofMinutes(1 + random.nextInt(15)));
                for (Future<List<RingEvent>> one : pool.invokeAll(rings.stream()
                        .<Callable<List<RingEvent>>>map(each -> () -> each.rotate(policy))
                        .toList())) {
                    all.addAll(one.get());
                }
            }
        } finally {
            pool.shutdownNow();
        }

        assertEquals(all.size(), List.copyOf(java.util.Set.copyOf(all)).size(), "each thing is told once");
        Map<Kind, List<RingEvent>> byKind = new EnumMap<>(Kind.class);
        all.forEach(event ->
                byKind.computeIfAbsent(event.kind(), kind -> new ArrayList<>()).add(event));
        List<RingEvent> added = byKind.get(Kind.ADDED);
        assertTrue(added.size() >= 4, () -> "rotations: " + added);
        byKind.get(Kind.PROMOTED).forEach(promoted -> {
            RingEvent before = added.stream()
                    .filter(event -> event.keyId().equals(promoted.keyId()))
                    .findFirst()
                    .orElseThrow();
            assertTrue(!promoted.at().isBefore(before.at().plus(WAIT)), () -> before + " " + promoted);
        });
        assertTrue(!byKind.containsKey(Kind.PROMOTED_EARLY));
        assertTrue(byKind.get(Kind.DESTROYED).size() >= 2);
    }
}
