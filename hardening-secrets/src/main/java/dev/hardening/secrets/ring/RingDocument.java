package dev.hardening.secrets.ring;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** All of one ring as it is stored, and the life cycle of its keys. */
record RingDocument(String ring, KeyKind kind, long version, String sealId, List<RingEntry> keys) {
    static final int MOST_KEYS = 64;

    RingDocument {
        keys = List.copyOf(keys);
    }

    Optional<RingEntry> key(String id) {
        return keys.stream().filter(entry -> entry.id().equals(id)).findFirst();
    }

    /** The key in a state that was added first. */
    Optional<RingEntry> first(KeyState state) {
        return keys.stream().filter(entry -> entry.state() == state).findFirst();
    }

    RingDocument stamped(long nextVersion, String nextSealId) {
        return new RingDocument(ring, kind, nextVersion, nextSealId, keys);
    }

    RingDocument mapped(UnaryOperator<RingEntry> change) {
        return new RingDocument(
                ring, kind, version, sealId, keys.stream().map(change).toList());
    }

    /** Whether a key can be added, be it in the place of a destroyed one. */
    boolean hasRoom() {
        return keys.size() < MOST_KEYS || keys.stream().anyMatch(entry -> entry.state() == KeyState.DESTROYED);
    }

    /** Adds a key; where the ring is full the oldest destroyed one is forgotten, so it does not grow for ever. */
    RingDocument with(RingEntry entry) {
        List<RingEntry> next = new ArrayList<>(keys);
        if (next.size() >= MOST_KEYS) {
            RingEntry oldest = next.stream()
                    .filter(key -> key.state() == KeyState.DESTROYED)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(
                            "ring " + ring + " holds " + MOST_KEYS + " keys; disable and destroy old ones first"));
            next.remove(oldest);
        }
        next.add(entry);
        return new RingDocument(ring, kind, version, sealId, next);
    }

    /** Promotes a key only once all others have had the propagation time to learn it. */
    RingDocument promoteKnown(String id, Instant now, Duration propagation) {
        RingEntry pending = existing(id);
        Instant from = pending.changed().plus(propagation);
        if (pending.state() == KeyState.PENDING && now.isBefore(from)) {
            throw new IllegalStateException("key " + id + " of ring " + ring + " is not known everywhere before " + from
                    + "; promote it then, or at once if need be");
        }
        return promote(id, now);
    }

    RingDocument promote(String id, Instant now) {
        RingEntry promoted = existing(id);
        if (promoted.state() == KeyState.ACTIVE) {
            return this;
        }
        require(promoted, promoted.state() == KeyState.PENDING, "promoted", "PENDING");
        return mapped(entry -> {
            if (entry.id().equals(id)) {
                return entry.to(KeyState.ACTIVE, now);
            }
            return entry.state() == KeyState.ACTIVE ? entry.to(KeyState.RETIRING, now) : entry;
        });
    }

    /** Disables a key only once all others have had the propagation time to learn that another one took its place. */
    RingDocument disableUnused(String id, Instant now, Duration propagation) {
        RingEntry retiring = existing(id);
        Instant from = retiring.changed().plus(propagation);
        if (retiring.state() == KeyState.RETIRING && now.isBefore(from)) {
            throw new IllegalStateException("key " + id + " of ring " + ring + " may be in use elsewhere before " + from
                    + "; disable it then, or at once if it has leaked");
        }
        return disable(id, now);
    }

    RingDocument reenable(String id, Instant now) {
        RingEntry disabled = existing(id);
        if (disabled.state() == KeyState.RETIRING) {
            return this;
        }
        require(disabled, disabled.state() == KeyState.DISABLED, "enabled again", "DISABLED");
        return mapped(entry -> entry.id().equals(id) ? entry.to(KeyState.RETIRING, now) : entry);
    }

    RingDocument disable(String id, Instant now) {
        RingEntry disabled = existing(id);
        if (disabled.state() == KeyState.DISABLED) {
            return this;
        }
        boolean allowed = disabled.state() == KeyState.PENDING || disabled.state() == KeyState.RETIRING;
        require(disabled, allowed, "disabled", "PENDING or RETIRING");
        return mapped(entry -> entry.id().equals(id) ? entry.to(KeyState.DISABLED, now) : entry);
    }

    RingDocument destroy(String id, Instant now) {
        RingEntry destroyed = existing(id);
        if (destroyed.state() == KeyState.DESTROYED) {
            return this;
        }
        require(destroyed, destroyed.state() == KeyState.DISABLED, "destroyed", "DISABLED");
        return mapped(entry -> entry.id().equals(id) ? entry.to(KeyState.DESTROYED, now) : entry);
    }

    private RingEntry existing(String id) {
        return key(id).orElseThrow(() -> new IllegalArgumentException("ring " + ring + " has no key " + id));
    }

    private void require(RingEntry entry, boolean allowed, String verb, String states) {
        if (!allowed) {
            throw new IllegalStateException("key " + entry.id() + " of ring " + ring + " is " + entry.state()
                    + "; only a key that is " + states + " can be " + verb);
        }
    }
}
