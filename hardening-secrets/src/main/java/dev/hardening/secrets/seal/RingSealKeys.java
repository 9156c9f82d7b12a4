package dev.hardening.secrets.seal;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingKey;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The keys of a ring, prepared once each.
 *
 * <p>The ring is asked every time whether a key still counts; only what was derived from the key is kept. When the ring
 * was read again, what belongs to keys that no longer count is dropped, so there are never more than the ring has keys.
 */
final class RingSealKeys implements SealKeys {
    private final KeyRing ring;
    private final Map<String, SealKey> prepared = new ConcurrentHashMap<>();
    private volatile Current current;

    RingSealKeys(KeyRing ring) {
        this.ring = ring;
        RingKey active = ring.active();
        current = new Current(active, prepare(active));
    }

    /** The active key as the ring gave it, and prepared; a ring that was read again gives another object. */
    private record Current(RingKey from, SealKey key) {}

    @Override
    public SealKey active() {
        RingKey active = ring.active();
        Current seen = current;
        return seen.from() == active ? seen.key() : renewed(active);
    }

    @Override
    public Optional<SealKey> find(String keyId) {
        Optional<RingKey> accepted = ring.find(keyId);
        if (accepted.isEmpty()) {
            prepared.remove(keyId);
        }
        return accepted.map(this::prepare);
    }

    int prepared() {
        return prepared.size();
    }

    private SealKey renewed(RingKey active) {
        Set<String> known = ring.published().stream().map(RingKey::id).collect(Collectors.toSet());
        prepared.keySet().retainAll(known);
        SealKey key = prepare(active);
        current = new Current(active, key);
        return key;
    }

    private SealKey prepare(RingKey key) {
        SealKey ready = prepared.get(key.id());
        return ready != null ? ready : prepared.computeIfAbsent(key.id(), id -> made(key));
    }

    private static SealKey made(RingKey key) {
        try (Secret material = key.material()) {
            return material.use(bytes -> new SealKey(key.id(), bytes));
        }
    }
}
