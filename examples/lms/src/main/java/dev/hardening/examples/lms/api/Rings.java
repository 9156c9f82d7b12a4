package dev.hardening.examples.lms.api;

import java.util.Set;

/** The key rings of the installation, as far as an administrator may turn them. */
public interface Rings {
    /** The names of all rings. */
    Set<String> names();

    /**
     * Begins a rotation: the next key is made and told to every process, and put to use once they know it. While one is
     * waiting already, no second one is made, whoever asks at the same time.
     *
     * @param ring one of {@link #names}
     * @return the key that is next
     * @throws IllegalStateException if the ring has no room for a further key
     */
    Next rotate(String ring);

    /**
     * The key that is next.
     *
     * @param key its id
     * @param added whether this call made it; otherwise it was waiting
     */
    record Next(String key, boolean added) {}
}
