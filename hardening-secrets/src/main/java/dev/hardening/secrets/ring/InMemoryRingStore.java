package dev.hardening.secrets.ring;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps rings as long as the process lives: for tests, and for keys that may die with it. */
public final class InMemoryRingStore implements RingStore {
    private final Map<String, Stored> rings = new ConcurrentHashMap<>();

    /** Makes an empty store. */
    public InMemoryRingStore() {}

    @Override
    public Optional<Stored> load(String ring) {
        return Optional.ofNullable(rings.get(Objects.requireNonNull(ring, "ring")));
    }

    @Override
    public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
        Stored next = new Stored(expectedVersion + 1, document);
        Stored now = rings.compute(ring, (name, current) -> {
            long version = current == null ? 0 : current.version();
            return version == expectedVersion ? next : current;
        });
        return now == next;
    }
}
