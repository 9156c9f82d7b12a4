package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.RingEvent.Kind;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** All that happens to a ring is told, once, with ids only. */
@Tag("secrets:E5")
class RingListenerTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);

    private final FakeClock clock = FakeClock.create();
    private final FakeTicker ticker = FakeTicker.create();
    private final InMemoryRingStore shared = new InMemoryRingStore();
    private final FlakyRingStore store = new FlakyRingStore(shared);
    private final List<RingEvent> events = new CopyOnWriteArrayList<>();

    private KeyRing.Builder builder() {
        return KeyRing.builder()
                .name("signing")
                .kind(KeyKind.HMAC_256)
                .store(store)
                .clock(clock)
                .ticker(ticker)
                .refreshInterval(REFRESH)
                .listener(events::add)
                .keyEncryptionKey(Secret.of("k".repeat(64)));
    }

    private List<String> told() {
        List<String> told = new ArrayList<>();
        events.forEach(event -> told.add((event.kind() + " " + event.keyId()).strip()));
        events.clear();
        return told;
    }

    @Test
    void transitions_all_areToldOnceWithTheKeyAndTheTime() {
        KeyRing ring = builder().build();
        String first = ring.active().id();
        assertEquals(
                List.of(new RingEvent(Kind.MADE, RingEvent.Origin.HERE, "signing", first, clock.instant())), events);
        assertEquals(List.of("MADE " + first), told());

        String second = ring.add().id();
        clock.advance(Duration.ofMinutes(2));
        ring.promote(second);
        assertEquals(List.of("ADDED " + second, "RETIRED " + first, "PROMOTED " + second), told());

        ring.unsafeDisableNow(first);
        ring.unsafeReenable(first);
        ring.unsafeDisableNow(first);
        ring.destroy(first);
        assertEquals(
                List.of("DISABLED " + first, "REENABLED " + first, "DISABLED " + first, "DESTROYED " + first), told());

        String third = ring.add().id();
        ring.unsafePromoteNow(third);
        assertEquals(List.of("ADDED " + third, "RETIRED " + second, "PROMOTED_EARLY " + third), told());
    }

    @Test
    void transitions_againOrRefusedOrBeforeTheOpening_areNotTold() {
        KeyRing ring = builder().build();
        String first = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        ring.unsafeDisableNow(first);
        told();

        ring.unsafeDisableNow(first);
        ring.unsafePromoteNow(ring.active().id());
        assertThrows(IllegalStateException.class, () -> ring.unsafePromoteNow(first));
        ring.refresh();
        builder().build();

        assertEquals(List.of(), told());
    }

    @Test
    void unsafePromoteNow_afterThePropagationTime_wasNotEarly() {
        KeyRing ring = builder().build();
        String second = ring.add().id();
        clock.advance(Duration.ofSeconds(80));
        told();

        ring.unsafePromoteNow(second);

        assertTrue(told().contains("PROMOTED " + second));
    }

    @Test
    void rewrapping_isTold() {
        builder().build();
        told();

        builder()
                .keyEncryptionKey(Secret.of("n".repeat(32)))
                .previousKeyEncryptionKey(Secret.of("k".repeat(64)))
                .build();

        assertEquals(List.of("REWRAPPED"), told());
    }

    @Test
    void outage_isToldOnceAndItsEndToo() {
        KeyRing ring = builder().build();
        told();

        store.fail(true);
        for (int i = 0; i < 3; i++) {
            ticker.advance(REFRESH);
            ring.active();
        }
        assertThrows(SecretsUnavailableException.class, ring::refresh);
        assertEquals(List.of("UNAVAILABLE"), told());

        store.fail(false);
        ticker.advance(REFRESH);
        ring.active();
        ring.refresh();
        assertEquals(List.of("RECOVERED"), told());
    }

    @Test
    void tampering_isToldWhereverItIsNoticed() {
        KeyRing ring = builder().build();
        RingStore.Stored cut = new RingStore.Stored(2, new byte[] {'{'});
        told();

        KeyRing watching = builder().store(switched(cut)).build();
        assertThrows(SecretsUnavailableException.class, watching::refresh);
        assertEquals(List.of("REFUSED"), told());
        assertThrows(SecretsUnavailableException.class, watching::add);
        assertEquals(List.of("REFUSED"), told());
        assertThrows(
                SecretsUnavailableException.class,
                () -> builder().store(FlakyRingStore.fixed(cut)).build());
        assertEquals(List.of("REFUSED"), told());
        assertEquals(ring.active().id(), watching.active().id());
    }

    /** Answers the one reading of {@code build} (two loads) from the real store and all later ones with this. */
    private RingStore switched(RingStore.Stored later) {
        return new RingStore() {
            private int loads;

            @Override
            public Optional<Stored> load(String ring) {
                return ++loads <= 2 ? shared.load(ring) : Optional.of(later);
            }

            @Override
            public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
                throw new AssertionError("a tampered ring must not be written over");
            }
        };
    }

    @Test
    void listener_thatThrows_holdsUpNothing() {
        for (Throwable thrown : List.of(
                new IllegalStateException("listener"), new NoClassDefFoundError("listener"), new AssertionError())) {
            KeyRing ring = builder()
                    .store(new InMemoryRingStore())
                    .listener(event -> sneak(thrown))
                    .build();

            assertEquals(KeyState.PENDING, ring.add().state());
        }
        assertThrows(
                OutOfMemoryError.class,
                () -> builder()
                        .listener(event -> sneak(new OutOfMemoryError("of the virtual machine")))
                        .build());
    }

    @SuppressWarnings("unchecked") // The type exists for the compiler only.
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void listener_always_isCalledOutsideEveryLockAndAfterTheWrite() {
        AtomicReference<KeyRing> ring = new AtomicReference<>();
        List<String> others = new CopyOnWriteArrayList<>();
        ring.set(builder()
                .listener(event -> {
                    if (ring.get() != null) {
                        Thread other = new Thread(() -> others.add(event.kind() + " " + refreshed(ring.get())));
                        other.start();
                        assertTrue(joined(other));
                    }
                })
                .build());

        ring.get().add();
        store.fail(true);
        assertThrows(SecretsUnavailableException.class, () -> ring.get().refresh());
        store.fail(false);
        ring.get().refresh();

        // A lock that is held would make it "the store of the key ring does not answer".
        assertEquals(List.of("ADDED 2", "UNAVAILABLE the store is down", "RECOVERED 2"), others);
    }

    private static String refreshed(KeyRing ring) {
        try {
            ring.refresh();
            return Integer.toString(ring.published().size());
        } catch (SecretsUnavailableException failure) {
            return failure.getMessage();
        }
    }

    private static boolean joined(Thread thread) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
        return !thread.isAlive();
    }

    @Test
    void events_always_holdNothingOfAKey() {
        KeyRing ring = builder().build();
        ring.add();

        String all = events.toString();

        for (RingKey key : ring.published()) {
            String encoded = key.material().use(RingSeal::encode);
            assertFalse(all.contains(encoded));
        }
        assertTrue(all.contains(ring.active().id()));
    }
}
