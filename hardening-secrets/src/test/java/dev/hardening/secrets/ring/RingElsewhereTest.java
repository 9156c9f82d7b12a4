package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.RingEvent.Kind;
import dev.hardening.secrets.ring.RingEvent.Origin;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others did to a ring is told too: once, and as theirs. */
@Tag("secrets:E5")
class RingElsewhereTest {
    private static final Duration REFRESH = Duration.ofSeconds(10);
    private static final String OLD = "k".repeat(32);
    private static final String NEW = "n".repeat(32);

    @TempDir
    Path folder;

    private final FakeClock clock = FakeClock.create();
    private final FakeTicker ticker = FakeTicker.create();
    private final List<RingEvent> events = new CopyOnWriteArrayList<>();
    private FlakyRingStore store;
    private KeyRing service;
    private KeyRing operator;
    private String first;

    @BeforeEach
    void openTwice() {
        store = new FlakyRingStore(new FileRingStore(folder));
        service = ring(store, events::add).build();
        operator = ring(new FileRingStore(folder), RingListener.none()).build();
        first = service.active().id();
        told();
    }

    private KeyRing.Builder ring(RingStore where, RingListener listener) {
        return KeyRing.builder()
                .name("signing")
                .kind(KeyKind.HMAC_256)
                .store(where)
                .clock(clock)
                .ticker(ticker)
                .refreshInterval(REFRESH)
                .listener(listener)
                .keyEncryptionKey(Secret.of(OLD));
    }

    private List<String> told() {
        List<String> told = events.stream().map(RingElsewhereTest::text).toList();
        events.clear();
        return told;
    }

    private static String text(RingEvent event) {
        return (event.origin() + " " + event.kind() + " " + event.keyId()).strip();
    }

    @Test
    void changes_ofAnotherRing_areToldOnceWhenTheyAreRead() {
        String second = operator.add().id();
        assertEquals(List.of(), told());
        service.refresh();
        assertEquals(List.of("ELSEWHERE ADDED " + second), told());

        operator.unsafePromoteNow(second);
        ticker.advance(REFRESH);
        service.active();
        assertEquals(List.of("ELSEWHERE RETIRED " + first, "ELSEWHERE PROMOTED_EARLY " + second), told());

        operator.unsafeDisableNow(first);
        service.refresh();
        operator.unsafeReenable(first);
        service.refresh();
        assertEquals(List.of("ELSEWHERE DISABLED " + first, "ELSEWHERE REENABLED " + first), told());

        service.refresh();
        ring(store, events::add).build();
        assertEquals(List.of(), told());
    }

    @Test
    void changes_betweenTwoReadings_areToldStepByStep() {
        String second = operator.add().id();
        clock.advance(Duration.ofMinutes(2));
        operator.promote(second);
        operator.unsafeDisableNow(first);
        operator.destroy(first);

        service.refresh();

        assertEquals(
                List.of(
                        "ELSEWHERE RETIRED " + first,
                        "ELSEWHERE DISABLED " + first,
                        "ELSEWHERE DESTROYED " + first,
                        "ELSEWHERE ADDED " + second,
                        "ELSEWHERE PROMOTED " + second),
                told());
    }

    @Test
    void reenabled_betweenTwoReadings_isToldAlthoughTheStateIsTheSame() {
        operator.unsafePromoteNow(operator.add().id());
        service.refresh();
        told();
        clock.advance(Duration.ofSeconds(1));
        operator.unsafeDisableNow(first);
        operator.unsafeReenable(first);

        service.refresh();

        assertEquals(List.of("ELSEWHERE DISABLED " + first, "ELSEWHERE REENABLED " + first), told());
    }

    @Test
    void rewrapping_byAnotherRing_isTold() {
        KeyRing both = ring(store, events::add)
                .previousKeyEncryptionKey(Secret.of(NEW))
                .build();
        ring(new FileRingStore(folder), RingListener.none())
                .keyEncryptionKey(Secret.of(NEW))
                .previousKeyEncryptionKey(Secret.of(OLD))
                .build();

        both.refresh();

        assertEquals(List.of("ELSEWHERE REWRAPPED"), told());
    }

    @Test
    void ownChange_onTopOfAnotherOne_tellsBothInTheirOrder() {
        String theirs = operator.add().id();

        String own = service.add().id();
        service.refresh();

        assertEquals(List.of("ELSEWHERE ADDED " + theirs, "HERE ADDED " + own), told());
    }

    @Test
    void ownChange_thatChangesNothing_tellsWhatItHasRead() {
        String theirs = operator.add().id();

        assertEquals(theirs, service.addUnlessPending().key().id());
        service.refresh();

        assertEquals(List.of("ELSEWHERE ADDED " + theirs), told());
    }

    @Test
    void ownChange_seenByAReadingBeforeItIsKnownToBeStored_isToldOnceAsOwn() {
        String theirs = operator.add().id();
        store.onceWritten = () -> {
            store.onceWritten = () -> {};
            elsewhere(service::refresh);
            assertEquals(List.of(), told());
        };

        String own = service.add().id();
        service.refresh();

        assertEquals(List.of("ELSEWHERE ADDED " + theirs, "HERE ADDED " + own), told());
    }

    @Test
    void ownChange_refusedWhileAnotherThreadReads_keepsNothingBack() {
        String theirs = operator.add().id();
        store.whileWriting = () -> {
            store.whileWriting = () -> {};
            elsewhere(service::refresh);
            throw new SecretsUnavailableException("the store is down");
        };

        assertThrows(SecretsUnavailableException.class, service::add);

        assertEquals(List.of("ELSEWHERE ADDED " + theirs), told());
    }

    @Test
    void ownChange_whoseAnswerWasLost_isToldOnceWhenItIsRead() {
        store.onceWritten = () -> {
            throw new SecretsUnavailableException("the connection broke");
        };
        assertThrows(SecretsUnavailableException.class, service::add);
        store.onceWritten = () -> {};
        assertEquals(List.of(), told());

        service.refresh();
        service.refresh();

        String added = service.published().get(1).id();
        assertEquals(List.of("ELSEWHERE ADDED " + added), told());
    }

    @Test
    void listener_thatThrows_losesTheEventAndNothingElse() {
        List<String> heard = new ArrayList<>();
        KeyRing throwing = ring(store, event -> {
                    heard.add(text(event));
                    throw new IllegalStateException("listener");
                })
                .build();
        String second = operator.add().id();

        throwing.refresh();
        operator.unsafeDisableNow(second);
        throwing.refresh();

        assertEquals(List.of("ELSEWHERE ADDED " + second, "ELSEWHERE DISABLED " + second), heard);
        assertFalse(throwing.published().stream().anyMatch(key -> key.id().equals(second)));
    }

    @Test
    void listener_thatHangs_holdsUpNoOtherLookUp() throws InterruptedException {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        KeyRing watched = ring(store, event -> {
                    hanging.countDown();
                    awaited(goOn);
                })
                .build();
        String second = operator.add().id();
        ticker.advance(REFRESH);
        Thread slow = new Thread(watched::active);
        slow.start();
        assertTrue(hanging.await(10, TimeUnit.SECONDS));

        elsewhere(() -> {
            assertEquals(2, watched.published().size());
            assertTrue(watched.find(first).isPresent());
            ticker.advance(REFRESH);
            assertEquals(first, watched.active().id());
            watched.refresh();
        });

        assertTrue(slow.isAlive(), "the one that told was to wait");
        goOn.countDown();
        slow.join(TimeUnit.SECONDS.toMillis(10));
        assertEquals(second, watched.published().get(1).id());
    }

    @Test
    void changes_manyThreadsOfTwoRings_areEachToldOnceByBoth() throws InterruptedException, ExecutionException {
        Collection<RingEvent> left = new ConcurrentLinkedQueue<>();
        Collection<RingEvent> right = new ConcurrentLinkedQueue<>();
        List<KeyRing> rings = List.of(
                ring(new FileRingStore(folder), left::add).build(),
                ring(new FileRingStore(folder), right::add).build());
        CyclicBarrier start = new CyclicBarrier(8);

        inParallel(8, thread -> {
            KeyRing ring = rings.get(thread % 2);
            start.await();
            for (int round = 0; round < 6; round++) {
                if (thread < 6) {
                    ring.unsafePromoteNow(ring.add().id());
                } else {
                    ring.refresh();
                }
            }
            return thread;
        });
        rings.forEach(KeyRing::refresh);

        assertEquals(told(left, Origin.HERE), told(right, Origin.ELSEWHERE));
        assertEquals(told(right, Origin.HERE), told(left, Origin.ELSEWHERE));
        assertEquals(36, count(left, Kind.ADDED));
        assertEquals(36, count(left, Kind.PROMOTED_EARLY));
        assertEquals(36, count(left, Kind.RETIRED));
        assertEquals(3 * 36, left.stream().map(RingEvent::toString).distinct().count());
        assertEquals(3 * 36, left.size());
    }

    private static List<String> told(Collection<RingEvent> events, Origin origin) {
        return events.stream()
                .filter(event -> event.origin() == origin)
                .map(event -> event.kind() + " " + event.keyId())
                .sorted()
                .toList();
    }

    private static long count(Collection<RingEvent> events, Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).count();
    }

    private static void elsewhere(Runnable work) {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            other.submit(work).get(10, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new AssertionError(failure);
        } finally {
            other.shutdownNow();
        }
    }

    private static void awaited(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private interface Work {
        int run(int thread) throws Exception;
    }

    private static void inParallel(int threads, Work work) throws InterruptedException, ExecutionException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Integer>> all = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int one = thread;
                all.add(() -> work.run(one));
            }
            for (Future<Integer> done : pool.invokeAll(all)) {
                done.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
