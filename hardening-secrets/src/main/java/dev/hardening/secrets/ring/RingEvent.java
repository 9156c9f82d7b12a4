package dev.hardening.secrets.ring;

import java.time.Instant;
import java.util.Objects;

/**
 * Something that happened to a ring; holds ids and no key.
 *
 * @param kind what happened
 * @param origin whether this process did it
 * @param ring the name of the ring
 * @param keyId the key it happened to, empty where it happened to the ring as a whole
 * @param at when, by the clock of the process that tells it
 */
public record RingEvent(Kind kind, Origin origin, String ring, String keyId, Instant at) {
    /**
     * Checks the parts.
     *
     * @param kind what happened
     * @param origin whether this process did it
     * @param ring the name of the ring
     * @param keyId the key it happened to, or empty
     * @param at when
     */
    public RingEvent {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(ring, "ring");
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(at, "at");
    }

    /** Whether this process did it. */
    public enum Origin {
        /** This ring did it, or noticed it: REFUSED, UNAVAILABLE and RECOVERED are always told as this. */
        HERE,
        /**
         * Another process, or another ring of this one, did it, such as an operator at the command line. It is told when
         * the store was read and shows it, at most the refresh interval later in a ring that is used.
         */
        ELSEWHERE
    }

    /**
     * What happened. The first ten are changes. The ring that makes one tells it once it is stored, as HERE; each other
     * ring that is open tells it once it has read it, as ELSEWHERE. Steps that a key has taken between two readings are
     * told as far as they can be known; what the ring was before it was opened is not.
     */
    public enum Kind {
        /** The ring did not exist and was made with this key, which is ACTIVE; always HERE. */
        MADE,
        /** The key was made; it is PENDING. */
        ADDED,
        /** The key became ACTIVE, after all others had time to learn it. */
        PROMOTED,
        /** The key became ACTIVE by force, before all others had time to learn it, by the propagation time of this ring. */
        PROMOTED_EARLY,
        /** The key was ACTIVE and became RETIRING, since another was promoted. */
        RETIRED,
        /** The key became DISABLED. */
        DISABLED,
        /** The key was DISABLED and is RETIRING again, by force. */
        REENABLED,
        /** The material of the key was erased. */
        DESTROYED,
        /** The id of a DESTROYED key was dropped, to make room in a full ring. */
        FORGOTTEN,
        /** The ring, or its root key, was wrapped anew by the current key-encryption key; of a root key only HERE. */
        REWRAPPED,
        /** What is stored is not what was written, or is wrapped by a key that was not given. Raise an alarm. */
        REFUSED,
        /** The store does not answer; known keys go on working. Told once an outage. */
        UNAVAILABLE,
        /** The ring could be read again after REFUSED or UNAVAILABLE. */
        RECOVERED
    }
}
