package dev.hardening.examples.lms.api;

import java.util.Optional;

/** The key rings of the installation, as far as an administrator may turn them. */
@FunctionalInterface
public interface Rings {
    /**
     * Begins a rotation: the next key is made and told to every process, and put to use once they know it. While one is
     * waiting already, no second one is made.
     *
     * @param ring the name of a ring, or anything else that a path can hold
     * @return the id of the key that is next, or empty if there is no such ring
     * @throws IllegalStateException if the ring has no room for a further key
     */
    Optional<String> rotate(String ring);
}
