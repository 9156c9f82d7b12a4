package dev.hardening.health;

/** How a check, or a whole probe, stands after thresholds and impact were applied; worse values come later. */
public enum Status {
    /** All is well. */
    UP,
    /** Works, with something missing; a probe answers 200. */
    WARN,
    /** Does not work; a probe answers 503. */
    DOWN;

    /**
     * Takes the worse of two.
     *
     * @param other the one to compare with
     * @return whichever comes later in the order UP, WARN, DOWN
     */
    public Status worse(Status other) {
        return other.compareTo(this) > 0 ? other : this;
    }
}
