package dev.hardening.secrets.seal;

import java.util.Optional;

/** The keys that seal and open now. */
interface SealKeys {
    /** The one that seals. */
    SealKey active();

    /** One that opens; empty if it is not known or not accepted any more. */
    Optional<SealKey> find(String keyId);
}
