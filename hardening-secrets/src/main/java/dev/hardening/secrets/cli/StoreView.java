package dev.hardening.secrets.cli;

import dev.hardening.secrets.ring.RingStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A store as one run sees it: remembers the documents that went through, so that a ring can be listed as it was
 * verified, and in a dry run keeps what would be written to itself.
 */
final class StoreView implements RingStore {
    private final RingStore store;
    private final boolean dry;
    private final Map<String, Stored> seen = new HashMap<>();
    private final Map<String, Stored> kept = new HashMap<>();

    StoreView(RingStore store, boolean dry) {
        this.store = store;
        this.dry = dry;
    }

    @Override
    public Optional<Stored> load(String ring) {
        Optional<Stored> loaded = Optional.ofNullable(kept.get(ring)).or(() -> store.load(ring));
        loaded.ifPresent(document -> seen.put(ring, document));
        return loaded;
    }

    @Override
    public boolean compareAndSet(String ring, long expectedVersion, byte[] document) {
        Stored next = new Stored(expectedVersion + 1, document);
        boolean written = dry
                ? load(ring).map(Stored::version).orElse(0L) == expectedVersion
                : store.compareAndSet(ring, expectedVersion, document);
        if (written) {
            seen.put(ring, next);
        }
        if (written && dry) {
            kept.put(ring, next);
        }
        return written;
    }

    /** What was read or written last. */
    Optional<RingListing> listing(String ring) {
        return Optional.ofNullable(seen.get(ring)).map(stored -> RingListing.of(stored.document()));
    }
}
