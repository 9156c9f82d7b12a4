package dev.hardening.secrets.ring;

/** What the keys of a ring are. */
public enum KeyKind {
    /** A key pair on the curve P-256 (secp256r1), for ES256 signatures. */
    EC_P256,
    /** 32 random bytes, for HMAC-SHA-256. */
    HMAC_256,
    /** 32 random bytes, for sealing (AES-256-GCM under keys derived from it). */
    AES_256;

    /** Whether a key of this kind is bytes and nothing more. */
    boolean symmetric() {
        return this != EC_P256;
    }
}
