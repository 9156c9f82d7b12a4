package dev.hardening.secrets.ring;

/** What the keys of a ring are. */
public enum KeyKind {
    /** A key pair on the curve P-256 (secp256r1), for ES256 signatures. */
    EC_P256("EC", "secp256r1"),
    /** A key pair on the curve P-384 (secp384r1), for ES384 signatures. */
    EC_P384("EC", "secp384r1"),
    /** A key pair on edwards25519, for EdDSA signatures (RFC 8032). */
    ED25519("Ed25519", ""),
    /** 32 random bytes, for HMAC-SHA-256. */
    HMAC_256("", ""),
    /** 32 random bytes, for sealing (AES-256-GCM under keys derived from it). */
    AES_256("", "");

    private final String algorithm;
    private final String curve;

    KeyKind(String algorithm, String curve) {
        this.algorithm = algorithm;
        this.curve = curve;
    }

    /** Whether a key of this kind is bytes and nothing more. */
    boolean symmetric() {
        return algorithm.isEmpty();
    }

    /** What the JDK calls the algorithm of a key pair. */
    String algorithm() {
        return algorithm;
    }

    /** What the JDK calls the curve, empty where the algorithm has one only. */
    String curve() {
        return curve;
    }
}
