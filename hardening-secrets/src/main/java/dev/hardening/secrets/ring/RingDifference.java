package dev.hardening.secrets.ring;

import dev.hardening.secrets.ring.RingEvent.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What happened between two documents of a ring, so that no transition can be forgotten when events are told. */
record RingDifference(Kind kind, String keyId) {
    static List<RingDifference> between(RingDocument before, RingDocument after, Duration propagation) {
        List<RingDifference> found = new ArrayList<>();
        if (before.version() > 0 && !before.sealId().equals(after.sealId())) {
            found.add(new RingDifference(Kind.REWRAPPED, ""));
        }
        for (RingEntry old : before.keys()) {
            if (after.key(old.id()).isEmpty()) {
                found.add(new RingDifference(Kind.FORGOTTEN, old.id()));
            }
        }
        for (RingEntry now : after.keys()) {
            kind(before.key(now.id()), now, propagation)
                    .ifPresent(kind -> found.add(new RingDifference(kind, now.id())));
        }
        return found;
    }

    private static Optional<Kind> kind(Optional<RingEntry> before, RingEntry now, Duration propagation) {
        if (before.isEmpty()) {
            return Optional.of(now.state() == KeyState.ACTIVE ? Kind.MADE : Kind.ADDED);
        }
        RingEntry old = before.get();
        return old.state() == now.state() ? Optional.empty() : Optional.of(entered(old, now, propagation));
    }

    private static Kind entered(RingEntry old, RingEntry now, Duration propagation) {
        return switch (now.state()) {
            case ACTIVE ->
                now.changed().isBefore(old.changed().plus(propagation)) ? Kind.PROMOTED_EARLY : Kind.PROMOTED;
            case RETIRING -> old.state() == KeyState.DISABLED ? Kind.REENABLED : Kind.RETIRED;
            case DISABLED -> Kind.DISABLED;
            case DESTROYED -> Kind.DESTROYED;
            case PENDING -> throw new IllegalStateException("no key becomes PENDING again");
        };
    }
}
