package dev.hardening.secrets.seal;

/**
 * Hears what a {@link Sealer} has to tell. Called on the thread that seals, so be quick; what it throws is logged and
 * dropped.
 */
public interface SealListener {
    /**
     * A key has sealed so much that a new one should be promoted; told once for each key and sealer.
     *
     * @param event which key
     */
    default void worn(Worn event) {}

    /**
     * A key that has sealed half of what keeps an attacker's advantage below 2^-32.
     *
     * @param ring the name of the ring
     * @param keyId the key
     * @param messages what it sealed by this sealer since that was made
     */
    record Worn(String ring, String keyId, long messages) {}
}
