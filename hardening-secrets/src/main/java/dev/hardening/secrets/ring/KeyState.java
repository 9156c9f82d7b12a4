package dev.hardening.secrets.ring;

/** Where a key stands in its life; it moves forward, but for {@link KeyRing#unsafeReenable}. */
public enum KeyState {
    /** Published so that others learn it, not used yet. */
    PENDING,
    /** The one key that makes new things. */
    ACTIVE,
    /** Makes nothing new; what it made is still accepted. */
    RETIRING,
    /** Refused everywhere; the material is still kept. */
    DISABLED,
    /** Refused everywhere; the material is gone, only the id remains. */
    DESTROYED;

    /** Whether what such a key made is accepted. */
    boolean accepted() {
        return this == ACTIVE || this == RETIRING;
    }

    /** Whether others should know such a key. */
    boolean published() {
        return this == PENDING || accepted();
    }
}
