package dev.hardening.secrets.ring;

import dev.hardening.secrets.ring.RingEvent.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What happened between two documents of a ring, so that no transition can be forgotten when events are told.
 *
 * <p>Where versions in between were not seen, a key may have gone several steps. Those that it cannot have left out are
 * told too: a key that is destroyed now was disabled before, and one that is RETIRING again was disabled in between.
 */
record RingDifference(Kind kind, String keyId) {
    static List<RingDifference> between(RingDocument before, RingDocument after, Duration propagation) {
        return before.version() == after.version() ? List.of() : new Span(before, after, propagation).differences();
    }

    private record Span(RingDocument before, RingDocument after, Duration propagation) {
        List<RingDifference> differences() {
            List<RingDifference> found = new ArrayList<>();
            if (before.version() > 0 && !before.sealId().equals(after.sealId())) {
                found.add(new RingDifference(Kind.REWRAPPED, ""));
            }
            for (RingEntry old : before.keys()) {
                if (after.key(old.id()).isEmpty()) {
                    steps(old, old.to(KeyState.DESTROYED, old.changed())).forEach(kind -> add(found, kind, old));
                    add(found, Kind.FORGOTTEN, old);
                }
            }
            for (RingEntry now : after.keys()) {
                steps(now).forEach(kind -> add(found, kind, now));
            }
            return found;
        }

        private static void add(List<RingDifference> found, Kind kind, RingEntry key) {
            found.add(new RingDifference(kind, key.id()));
        }

        private List<Kind> steps(RingEntry now) {
            Optional<RingEntry> old = before.key(now.id());
            if (old.isPresent()) {
                return steps(old.get(), now);
            }
            if (before.version() == 0) {
                return List.of(Kind.MADE);
            }
            List<Kind> steps = new ArrayList<>(List.of(Kind.ADDED));
            steps.addAll(steps(now.to(KeyState.PENDING, now.created()), now));
            return steps;
        }

        private List<Kind> steps(RingEntry old, RingEntry now) {
            KeyState from = old.state();
            if (from == now.state() && old.changed().equals(now.changed())) {
                return List.of();
            }
            return switch (now.state()) {
                case PENDING -> List.of();
                case ACTIVE -> from == KeyState.ACTIVE ? List.of() : List.of(promotion(old, now));
                case RETIRING -> retiring(old, now);
                case DISABLED -> disabled(from);
                case DESTROYED -> destroyed(from);
            };
        }

        /**
         * A key retires when another is promoted: RETIRING since a later time, it was disabled and taken back. And no key
         * is ACTIVE twice: where the same one still is, no other was in between.
         */
        private List<Kind> retiring(RingEntry old, RingEntry now) {
            boolean back = after.first(KeyState.ACTIVE)
                    .filter(active -> now.changed().isAfter(active.changed()))
                    .isPresent();
            return switch (old.state()) {
                case ACTIVE -> back ? List.of(Kind.RETIRED, Kind.DISABLED, Kind.REENABLED) : List.of(Kind.RETIRED);
                case DISABLED -> List.of(Kind.REENABLED);
                case PENDING ->
                    back || activeId(before).equals(activeId(after))
                            ? List.of(Kind.DISABLED, Kind.REENABLED)
                            : List.of(promotion(old, now), Kind.RETIRED);
                case RETIRING, DESTROYED -> List.of(Kind.DISABLED, Kind.REENABLED);
            };
        }

        private static List<Kind> disabled(KeyState from) {
            return switch (from) {
                case ACTIVE -> List.of(Kind.RETIRED, Kind.DISABLED);
                case DISABLED -> List.of(Kind.REENABLED, Kind.DISABLED);
                case PENDING, RETIRING, DESTROYED -> List.of(Kind.DISABLED);
            };
        }

        private static List<Kind> destroyed(KeyState from) {
            return switch (from) {
                case ACTIVE -> List.of(Kind.RETIRED, Kind.DISABLED, Kind.DESTROYED);
                case PENDING, RETIRING -> List.of(Kind.DISABLED, Kind.DESTROYED);
                case DISABLED -> List.of(Kind.DESTROYED);
                case DESTROYED -> List.of();
            };
        }

        private Kind promotion(RingEntry old, RingEntry now) {
            return now.changed().isBefore(old.changed().plus(propagation)) ? Kind.PROMOTED_EARLY : Kind.PROMOTED;
        }

        private static Optional<String> activeId(RingDocument document) {
            return document.first(KeyState.ACTIVE).map(RingEntry::id);
        }
    }
}
