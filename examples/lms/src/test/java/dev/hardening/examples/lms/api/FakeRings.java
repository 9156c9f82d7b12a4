package dev.hardening.examples.lms.api;

import dev.hardening.secrets.SecretsUnavailableException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rings that turn at once, one of which is full and one cannot be reached; remembers what had been recorded when they turned. */
final class FakeRings implements Rings {
    static final String FULL = "full";
    static final String OUT = "out";

    private final List<SchoolEvent> events;
    private final Set<String> waiting = new HashSet<>();
    private List<SchoolEvent> recordedBefore = List.of();

    FakeRings(List<SchoolEvent> events) {
        this.events = events;
    }

    @Override
    public Set<String> names() {
        return Set.of("signing", "sealing", FULL, OUT);
    }

    @Override
    public synchronized Next rotate(String ring) {
        recordedBefore = List.copyOf(events);
        if (ring.equals(FULL)) {
            throw new IllegalStateException("no room");
        }
        if (ring.equals(OUT)) {
            throw new SecretsUnavailableException("no database");
        }
        return new Next("next-of-" + ring, waiting.add(ring));
    }

    /** No key waits any more. */
    synchronized void promoteAll() {
        waiting.clear();
    }

    synchronized List<SchoolEvent> recordedBefore() {
        return recordedBefore;
    }
}
