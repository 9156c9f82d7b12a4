package dev.hardening.secrets.ring;

import dev.hardening.secrets.SecretsUnavailableException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A store that a test can break, count, and change behind the ring's back. */
final class FlakyRingStore implements RingStore {
    final AtomicInteger loads = new AtomicInteger();
    private final RingStore store;
    private volatile boolean broken;
    volatile Runnable whileLoading = () -> {};
    volatile Runnable whileWriting = () -> {};
    volatile Runnable onceWritten = () -> {};
    volatile Supplier<RuntimeException> failure = () -> new SecretsUnavailableException("the store is down");

    FlakyRingStore(RingStore store) {
        this.store = store;
    }

    void fail(boolean now) {
        broken = now;
    }

    /** Replaces the document as an attacker with access to the store would, under the version it has. */
    static RingStore altered(RingStore original, String ring, UnaryOperator<String> change) {
        Stored stored = original.load(ring).orElseThrow();
        String text = change.apply(new String(stored.document(), java.nio.charset.StandardCharsets.UTF_8));
        return fixed(new Stored(stored.version(), text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    static RingStore fixed(Stored stored) {
        return new RingStore() {
            @Override
            public Optional<Stored> load(String ring) {
                return Optional.of(stored);
            }

            @Override
            public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
                throw new AssertionError("a tampered ring must not be written over");
            }
        };
    }

    @Override
    public Optional<Stored> load(String ring) {
        loads.incrementAndGet();
        whileLoading.run();
        check();
        return store.load(ring);
    }

    @Override
    public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
        whileWriting.run();
        check();
        boolean written = store.compareAndSet(ring, expectedVersion, document);
        onceWritten.run();
        return written;
    }

    private void check() {
        if (broken) {
            throw failure.get();
        }
    }
}
