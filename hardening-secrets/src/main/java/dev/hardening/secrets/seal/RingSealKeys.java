package dev.hardening.secrets.seal;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingKey;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * The keys of a ring, prepared once each.
 *
 * <p>The ring is asked every time whether a key still counts; only what was derived from the key is kept. Once the ring
 * has another copy of its document, the next call, whichever it is, drops what belongs to keys that no longer count.
 */
final class RingSealKeys implements SealKeys {
    private final KeyRing ring;
    private final AtomicReference<Prepared> latest;

    RingSealKeys(KeyRing ring) {
        this.ring = ring;
        latest = new AtomicReference<>(prepared(ring.active(), Map.of()));
    }

    @Override
    public SealKey active() {
        return current().active;
    }

    @Override
    public Optional<SealKey> find(String keyId) {
        Optional<RingKey> accepted = ring.find(keyId);
        // After the ring was asked, since that may have read it; also where the answer is no.
        Prepared prepared = current();
        return accepted.map(prepared::of);
    }

    int prepared() {
        return latest().keys.size();
    }

    /** What fits the copy that the ring has now; a copy of another document has another object as its active key. */
    private Prepared current() {
        while (true) {
            RingKey active = ring.active();
            Prepared seen = latest();
            if (seen.from == active) {
                return seen;
            }
            latest.compareAndSet(seen, prepared(active, seen.keys));
        }
    }

    private Prepared latest() {
        return Objects.requireNonNull(latest.get());
    }

    private Prepared prepared(RingKey active, Map<String, SealKey> earlier) {
        Set<String> known = ring.published().stream().map(RingKey::id).collect(Collectors.toSet());
        return new Prepared(active, known, earlier);
    }

    /** What was derived under one copy of the ring; keys that this copy does not know are prepared and not kept. */
    private static final class Prepared {
        private final RingKey from;
        private final Set<String> known;
        private final Map<String, SealKey> keys;
        private final SealKey active;

        Prepared(RingKey from, Set<String> known, Map<String, SealKey> earlier) {
            this.from = from;
            this.known = known;
            this.keys = new ConcurrentHashMap<>(earlier);
            this.keys.keySet().retainAll(known);
            this.active = of(from);
        }

        SealKey of(RingKey key) {
            return known.contains(key.id()) ? keys.computeIfAbsent(key.id(), id -> made(key)) : made(key);
        }

        private static SealKey made(RingKey key) {
            try (Secret material = key.material()) {
                return material.use(bytes -> new SealKey(key.id(), bytes));
            }
        }
    }
}
