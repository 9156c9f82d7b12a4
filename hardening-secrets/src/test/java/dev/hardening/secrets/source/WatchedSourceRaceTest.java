package dev.hardening.secrets.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("secrets:R1")
class WatchedSourceRaceTest {
    private static final int READERS = 8;
    private static final int CHANGES = 600;

    @Test
    void snapshot_eightReadersWhileValuesChange_neverMixesGenerations() throws Exception {
        FakeReader place = new FakeReader(pair(1));
        WatchedSource source = WatchedSource.builder()
                .name("race")
                .reader(place)
                .scheduler(new ManualScheduler())
                .build();
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(READERS);
        List<Future<Long>> readers = new ArrayList<>();
        for (int reader = 0; reader < READERS; reader++) {
            readers.add(threads.submit(() -> read(source, over)));
        }

        for (int change = 2; change <= CHANGES; change++) {
            place.put(pair(change));
            source.refresh();
        }
        over.set(true);
        long seen = 0;
        for (Future<Long> reader : readers) {
            seen += reader.get();
        }
        threads.shutdown();

        assertTrue(seen >= READERS);
        assertEquals(CHANGES, source.state().generation());
        source.close();
    }

    private static Map<String, String> pair(int generation) {
        return Map.of("USER", "user-" + generation, "PASSWORD", "password-" + generation);
    }

    /** Each reader also sees generations in order, and single look-ups that never fail. */
    private static long read(WatchedSource source, AtomicBoolean over) {
        long snapshots = 0;
        long last = 0;
        do {
            try (SourceSnapshot snapshot = source.snapshot()) {
                long generation = snapshot.generation();
                assertEquals(
                        "user-" + generation,
                        snapshot.find("USER").map(Secret::reveal).orElseThrow());
                assertEquals(
                        "password-" + generation,
                        snapshot.find("PASSWORD").map(Secret::reveal).orElseThrow());
                assertTrue(generation >= last);
                last = generation;
            }
            assertTrue(source.find("USER").isPresent());
            snapshots++;
        } while (!over.get());
        return snapshots;
    }
}
