package dev.hardening.secrets.ring;

/** What the keys of a ring are. */
public enum KeyKind {
    /** A key pair on the curve P-256 (secp256r1), for ES256 signatures. */
    EC_P256,
    /** 32 random bytes, for HMAC-SHA-256. */
    HMAC_256
}
