package dev.hardening.secrets.ring;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One version of a ring, opened: its document and the keys that are of use. */
final class RingSnapshot {
    private final RingDocument document;
    private final Map<String, RingKey> keys;
    private final RingKey active;

    RingSnapshot(RingDocument document, List<RingKey> usable, RingKey active) {
        this.document = document;
        this.keys = new LinkedHashMap<>();
        usable.forEach(key -> keys.put(key.id(), key));
        this.active = active;
    }

    RingDocument document() {
        return document;
    }

    long version() {
        return document.version();
    }

    RingKey active() {
        return active;
    }

    Optional<RingKey> accepted(String id) {
        return Optional.ofNullable(keys.get(id)).filter(key -> key.state().accepted());
    }

    /** Asking the store again is in vain, or for a key that is accepted again can wait until the copy is old. */
    boolean refused(String id) {
        return document.key(id).filter(entry -> !entry.state().published()).isPresent();
    }

    List<RingKey> published() {
        return List.copyOf(keys.values());
    }
}
