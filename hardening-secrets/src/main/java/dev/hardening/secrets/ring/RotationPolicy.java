package dev.hardening.secrets.ring;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * When keys of a ring change by themselves; hand it to {@link KeyRing#rotate} from a scheduler.
 *
 * <p>A key is made before it is needed, so that it has been published for the propagation time when its turn comes.
 * Nothing is ever disabled or destroyed unless the policy says when: what a RETIRING key has sealed or signed is accepted
 * for as long as it is RETIRING. Immutable.
 */
public final class RotationPolicy {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Duration activeFor;
    private final @Nullable Duration retiringFor;
    private final @Nullable Duration disabledFor;

    private RotationPolicy(Duration activeFor, @Nullable Duration retiringFor, @Nullable Duration disabledFor) {
        this.activeFor = activeFor;
        this.retiringFor = retiringFor;
        this.disabledFor = disabledFor;
    }

    /**
     * Replaces the ACTIVE key regularly.
     *
     * @param activeFor how long a key makes new things; positive, and for {@link KeyRing#rotate} at least twice the
     *     propagation time of the ring
     * @return a policy that disables and destroys nothing
     */
    public static RotationPolicy every(Duration activeFor) {
        return new RotationPolicy(positive(activeFor, "activeFor"), null, null);
    }

    /**
     * Refuses what a replaced key made, some time after its replacement. Not called: it is accepted for ever.
     *
     * @param retiringFor at least the propagation time of the ring, since others may make things with the key until
     *     then; longer than anything made by such a key is to live; for a ring that seals data, until all of
     *     it has been sealed anew
     * @return a new policy
     */
    public RotationPolicy disableAfter(Duration retiringFor) {
        return new RotationPolicy(activeFor, positive(retiringFor, "retiringFor"), disabledFor);
    }

    /**
     * Erases DISABLED keys for good, some time after they were disabled. Not called: their material is kept.
     *
     * @param disabledFor how long it may take to notice that a key is still needed ({@link KeyRing#unsafeReenable})
     * @return a new policy
     */
    public RotationPolicy destroyAfter(Duration disabledFor) {
        return new RotationPolicy(activeFor, retiringFor, positive(disabledFor, "disabledFor"));
    }

    /**
     * Prints the times.
     *
     * @return for logs
     */
    @Override
    public String toString() {
        return "RotationPolicy[activeFor=" + activeFor + " retiringFor=" + retiringFor + " disabledFor=" + disabledFor
                + "]";
    }

    /** The document as it ought to be at {@code now}; the same document if nothing is due. */
    RingDocument applied(RingDocument document, Instant now, Duration propagation, Supplier<RingEntry> fresh) {
        RingDocument swept = sweep(document, now);
        RingEntry active = swept.first(KeyState.ACTIVE).orElseThrow();
        RingEntry next = swept.first(KeyState.PENDING).orElse(null);
        if (next == null) {
            // What was swept from a full ring must be stored, or it never gets room; only then is being full a failure.
            boolean fits = swept.hasRoom() || swept.equals(document);
            boolean early = reached(active, activeFor.minus(propagation), now);
            return early && fits ? swept.with(fresh.get()) : swept;
        }
        boolean due = reached(active, activeFor, now) && reached(next, propagation, now);
        return due ? swept.promote(next.id(), now) : swept;
    }

    void requireSlowerThan(Duration propagation) {
        if (retiringFor != null && retiringFor.compareTo(propagation) < 0) {
            throw new IllegalArgumentException(
                    "retiringFor must be at least the propagation time of " + propagation + ", got " + retiringFor);
        }
        if (activeFor.compareTo(propagation.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException(
                    "activeFor must be at least twice the propagation time of " + propagation + ", got " + activeFor);
        }
    }

    private RingDocument sweep(RingDocument document, Instant now) {
        return document.mapped(entry -> {
            if (entry.state() == KeyState.RETIRING && reached(entry, retiringFor, now)) {
                return entry.to(KeyState.DISABLED, now);
            }
            boolean gone = entry.state() == KeyState.DISABLED && reached(entry, disabledFor, now);
            return gone ? entry.to(KeyState.DESTROYED, now) : entry;
        });
    }

    private static boolean reached(RingEntry entry, @Nullable Duration age, Instant now) {
        return age != null && !now.isBefore(entry.changed().plus(age));
    }

    private static Duration positive(Duration given, String name) {
        Objects.requireNonNull(given, name);
        if (given.isNegative() || given.isZero() || given.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " must be positive and at most 36500 days, got " + given);
        }
        return given;
    }
}
