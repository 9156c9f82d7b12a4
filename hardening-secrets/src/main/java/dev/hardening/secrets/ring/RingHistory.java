package dev.hardening.secrets.ring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Finds out what others did to a ring: each thing once, and never what this process did itself.
 *
 * <p>Each version of a ring is written by one process. So between the document up to which all has been told and the
 * newest one that was seen, what others did is what remains once the versions written here are left out. A reading may
 * see such a version before its writer knows that it was stored; therefore nothing is compared while a change of this
 * process is under way, and whoever ends last does it. Safe for many threads; no method does any I/O.
 */
final class RingHistory {
    private final Duration propagation;
    private final NavigableMap<Long, Own> own = new TreeMap<>();
    private RingDocument told;
    private RingDocument newest;
    private int changing;

    /** Begins with the ring as it was found or made: what was before is not told. */
    RingHistory(RingDocument opened, Duration propagation) {
        this.told = opened;
        this.newest = opened;
        this.propagation = propagation;
    }

    private record Own(RingDocument before, RingDocument after) {}

    /** A change of this process begins; {@link #ended} must follow, and then a look at {@link #elsewhere}. */
    synchronized void began() {
        changing++;
    }

    synchronized void ended() {
        changing--;
    }

    /** This process has stored a change; said before it has {@link #ended}. */
    synchronized void stored(RingVault.Change change) {
        RingDocument after = change.after().document();
        if (change.before().version() < after.version()) {
            own.put(after.version(), new Own(change.before(), after));
        }
    }

    /** A document was read or written; an older one than the newest counts for nothing. */
    synchronized void saw(RingDocument document) {
        if (document.version() > newest.version()) {
            newest = document;
        }
    }

    /** What others did since this was asked last. */
    synchronized List<RingDifference> elsewhere() {
        if (changing > 0) {
            return List.of();
        }
        List<RingDifference> found = new ArrayList<>();
        NavigableMap<Long, Own> passed = own.headMap(newest.version(), true);
        for (Own mine : passed.values()) {
            found.addAll(RingDifference.between(told, mine.before(), propagation));
            told = mine.after();
        }
        passed.clear();
        found.addAll(RingDifference.between(told, newest, propagation));
        told = newest;
        return found;
    }
}
