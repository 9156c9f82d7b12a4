package dev.hardening.secrets.ring;

import java.time.Instant;

/**
 * One key as it is stored: {@code wrapped} is the encrypted private part and {@code publicKey} the public one, both
 * base64url, both empty once the key is destroyed, the second also for a MAC key.
 */
record RingEntry(String id, KeyState state, Instant created, Instant changed, String wrapped, String publicKey) {
    RingEntry to(KeyState next, Instant now) {
        boolean gone = next == KeyState.DESTROYED;
        return new RingEntry(id, next, created, now, gone ? "" : wrapped, gone ? "" : publicKey);
    }

    RingEntry wrappedAs(String again) {
        return new RingEntry(id, state, created, changed, again, publicKey);
    }
}
