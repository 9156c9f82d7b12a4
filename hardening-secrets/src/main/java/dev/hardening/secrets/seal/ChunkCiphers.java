package dev.hardening.secrets.seal;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A few ciphers that wait to be used again, since making one takes longer than sealing a small value.
 *
 * <p>Lends without waiting: a thread looks in two places that its id chooses, and makes a new cipher where both are empty.
 * What does not fit on its way back is dropped. Safe for many threads.
 */
final class ChunkCiphers {
    private static final int PLACES = 64;

    private final AtomicReferenceArray<ChunkCipher> waiting = new AtomicReferenceArray<>(PLACES);

    ChunkCipher take() {
        int place = place();
        ChunkCipher first = waiting.getAndSet(place, null);
        if (first != null) {
            return first;
        }
        ChunkCipher second = waiting.getAndSet(other(place), null);
        return second != null ? second : new ChunkCipher();
    }

    void give(ChunkCipher cipher) {
        int place = place();
        if (!waiting.compareAndSet(place, null, cipher)) {
            waiting.compareAndSet(other(place), null, cipher);
        }
    }

    private static int place() {
        long id = Thread.currentThread().getId();
        return (int) (id ^ (id >>> 6)) & (PLACES - 1);
    }

    private static int other(int place) {
        return place ^ 1;
    }
}
