package dev.hardening.secrets.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ring.RingStore.Stored;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store must do; each test gets a ring of its own. */
public interface RingStoreContract {
    /** The store under test. */
    RingStore store();

    /** A name no other test uses. */
    String ring();

    @Test
    default void load_ringNeverStored_isEmpty() {
        assertEquals(Optional.empty(), store().load(ring()));
    }

    @Test
    default void compareAndSet_firstDocument_hasVersionOne() {
        String ring = ring();

        assertTrue(store().compareAndSet(ring, 0, bytes("{\"a\":1}")));

        Stored stored = store().load(ring).orElseThrow();
        assertEquals(1, stored.version());
        assertArrayEquals(bytes("{\"a\":1}"), stored.document());
    }

    @Test
    default void compareAndSet_versionSeen_replacesAndCounts() {
        String ring = ring();
        store().compareAndSet(ring, 0, bytes("1"));

        assertTrue(store().compareAndSet(ring, 1, bytes("22")));

        assertEquals(2, store().load(ring).orElseThrow().version());
        assertArrayEquals(bytes("22"), store().load(ring).orElseThrow().document());
    }

    @Test
    default void compareAndSet_anyOtherVersion_leavesWhatIsThere() {
        String ring = ring();
        assertFalse(store().compareAndSet(ring, 1, bytes("x")));
        assertEquals(Optional.empty(), store().load(ring));
        store().compareAndSet(ring, 0, bytes("1"));

        assertFalse(store().compareAndSet(ring, 0, bytes("x")));
        assertFalse(store().compareAndSet(ring, 2, bytes("x")));

        assertArrayEquals(bytes("1"), store().load(ring).orElseThrow().document());
    }

    @Test
    default void compareAndSet_otherRing_isNotTouched() {
        String one = ring();
        String two = one + "-b";
        store().compareAndSet(one, 0, bytes("1"));

        assertTrue(store().compareAndSet(two, 0, bytes("2")));

        assertArrayEquals(bytes("1"), store().load(one).orElseThrow().document());
    }

    @Test
    default void compareAndSet_manyThreads_oneWinsEachVersion() throws InterruptedException, ExecutionException {
        String ring = ring();
        int threads = 8;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (int version = 0; version < 5; version++) {
                long expected = version;
                List<Callable<Boolean>> writers = IntStream.range(0, threads)
                        .<Callable<Boolean>>mapToObj(
                                writer -> () -> store().compareAndSet(ring, expected, bytes(expected + "-" + writer)))
                        .toList();
                int winners = 0;
                for (Future<Boolean> writer : pool.invokeAll(writers)) {
                    winners += writer.get() ? 1 : 0;
                }
                assertEquals(1, winners);
                assertEquals(expected + 1, store().load(ring).orElseThrow().version());
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
