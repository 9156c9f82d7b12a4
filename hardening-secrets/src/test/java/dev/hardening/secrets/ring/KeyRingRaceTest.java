package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ChildProcess;
import dev.hardening.secrets.Secret;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRingRaceTest {
    private static final int THREADS = 8;

    @TempDir
    Path folder;

    @TempDir
    Path scratch;

    private static KeyRing open(RingStore store, String name) {
        return KeyRing.builder()
                .name(name)
                .kind(KeyKind.HMAC_256)
                .store(store)
                .keyEncryptionKey(Secret.of("k".repeat(32)))
                .build();
    }

    @Test
    void open_eightThreadsTwoRingsEmptyStore_agreeOnOneFirstKeyEach() throws InterruptedException, ExecutionException {
        for (RingStore store : List.of(new InMemoryRingStore(), new FileRingStore(folder))) {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<String> ids = inParallel(thread -> {
                start.await();
                String name = thread % 2 == 0 ? "signing" : "refresh";
                return name + " " + open(store, name).active().id();
            });

            Set<String> distinct = Set.copyOf(ids);
            assertEquals(2, distinct.size(), () -> ids.toString());
            assertEquals(
                    Set.of("signing", "refresh"),
                    distinct.stream()
                            .map(id -> id.substring(0, id.indexOf(' ')))
                            .collect(Collectors.toSet()));
        }
    }

    @Test
    void add_manyThreads_losesNoKey() throws InterruptedException, ExecutionException {
        KeyRing ring = open(new InMemoryRingStore(), "signing");

        List<String> added = inParallel(thread -> ring.add().id());

        List<String> published = ring.published().stream().map(RingKey::id).toList();
        assertEquals(THREADS + 1, published.size());
        assertTrue(published.containsAll(added));
    }

    @Test
    @Tag("secrets:E5")
    void addUnlessPending_manyThreadsTwoRings_addsOneKeyAndTellsAllOfIt()
            throws InterruptedException, ExecutionException {
        for (RingStore store : List.of(new InMemoryRingStore(), new FileRingStore(folder))) {
            List<KeyRing> rings = List.of(open(store, "signing"), open(store, "signing"));
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<String> told = inParallel(thread -> {
                start.await();
                NextKey next = rings.get(thread % 2).addUnlessPending();
                assertEquals(KeyState.PENDING, next.key().state());
                return next.fold(key -> "added " + key.id(), key -> "waiting " + key.id());
            });

            String waiting = open(store, "signing").addUnlessPending().key().id();
            List<String> expected = new ArrayList<>(Collections.nCopies(THREADS - 1, "waiting " + waiting));
            expected.add(0, "added " + waiting);
            assertEquals(expected, told.stream().sorted().toList());
            assertEquals(2, open(store, "signing").published().size());
        }
    }

    @Test
    void promote_manyThreadsManyKeys_endsWithOneActiveKey() throws InterruptedException, ExecutionException {
        KeyRing ring = open(new InMemoryRingStore(), "signing");
        List<String> keys =
                IntStream.range(0, THREADS).mapToObj(i -> ring.add().id()).toList();

        inParallel(thread -> ring.unsafePromoteNow(keys.get(thread)).id());

        long active = ring.published().stream()
                .filter(key -> key.state() == KeyState.ACTIVE)
                .count();
        assertEquals(1, active);
        assertEquals(THREADS + 1, ring.published().size());
    }

    @Test
    @Tag("slow")
    @Tag("secrets:W2")
    void kill_whileKeysAreAdded_leavesARingThatOpensAndLosesNoAcknowledgedKey() throws IOException {
        Random random = SeededRandom.of("KeyRingRaceTest");
        FileRingStore store = new FileRingStore(folder);
        for (int kill = 0; kill < 6; kill++) {
            String name = "ring-" + kill;
            Path acknowledged = scratch.resolve(name);
            try (ChildProcess adder = ChildProcess.start(Rotator.class, acknowledged, folder.toString(), name)) {
                Eventually.until(
                        Duration.ofSeconds(30),
                        "first keys",
                        () -> Files.readString(acknowledged).contains("destroyed"));
                LockSupport.parkNanos(random.nextInt(20_000_000));
                assertTrue(adder.alive(), Files.readString(acknowledged));
            }

            KeyRing left = open(store, name);
            String log = Files.readString(acknowledged);
            String whole = log.substring(0, log.lastIndexOf('\n') + 1);
            List<String> known = new ArrayList<>();
            left.published().forEach(key -> known.add(key.id()));
            String last =
                    whole.lines().filter(line -> line.matches("[0-9a-f]{16}")).reduce("", (earlier, later) -> later);
            assertTrue(known.contains(last), () -> last + " is not in " + known + " of " + log);
        }
    }

    private static List<String> inParallel(Work work) throws InterruptedException, ExecutionException {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<String>> all = IntStream.range(0, THREADS)
                    .<Callable<String>>mapToObj(thread -> () -> work.run(thread))
                    .toList();
            List<String> results = new ArrayList<>();
            for (Future<String> one : pool.invokeAll(all)) {
                results.add(one.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    private interface Work {
        String run(int thread) throws Exception;
    }

    /** Rotates a ring until it is killed, and prints the id of each new active key once it is stored. */
    public static final class Rotator {
        private Rotator() {}

        public static void main(String[] arguments) {
            KeyRing ring = open(new FileRingStore(Path.of(arguments[0])), arguments[1]);
            while (true) {
                String before = ring.active().id();
                System.out.println(ring.unsafePromoteNow(ring.add().id()).id());
                ring.unsafeDisableNow(before);
                ring.destroy(before);
            }
        }
    }
}
