package dev.hardening.secrets.keypair;

import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;

/** What a key pair can be: nothing below 128 bits of strength (OWASP ASVS 5.0, 11.6.1). */
public enum KeyPairKind {
    /** Edwards curve 25519, for EdDSA signatures (RFC 8032). */
    ED25519("Ed25519"),
    /** The curve P-256 (secp256r1), for ES256 and ECDH-ES. */
    EC_P256("EC"),
    /** The curve P-384 (secp384r1), for ES384 and ECDH-ES. */
    EC_P384("EC"),
    /** RSA with 3072 bits and the exponent 65537. */
    RSA_3072("RSA"),
    /** RSA with 4096 bits and the exponent 65537. */
    RSA_4096("RSA");

    private final String algorithm;

    KeyPairKind(String algorithm) {
        this.algorithm = algorithm;
    }

    /** The name of the algorithm in the JCA. */
    String algorithm() {
        return algorithm;
    }

    /** What the generator must be told. */
    AlgorithmParameterSpec parameters() {
        return switch (this) {
            case ED25519 -> NamedParameterSpec.ED25519;
            case EC_P256 -> new ECGenParameterSpec("secp256r1");
            case EC_P384 -> new ECGenParameterSpec("secp384r1");
            case RSA_3072 -> new RSAKeyGenParameterSpec(3072, RSAKeyGenParameterSpec.F4);
            case RSA_4096 -> new RSAKeyGenParameterSpec(4096, RSAKeyGenParameterSpec.F4);
        };
    }
}
