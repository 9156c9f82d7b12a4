package dev.hardening.secrets.certificate;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;

/** What key a certificate gets. */
public enum LeafKey {
    /** A pair on the curve P-256; every client of today takes it. */
    EC_P256("EC"),
    /** A pair on the curve P-384. */
    EC_P384("EC"),
    /** An Ed25519 pair; browsers do not take it. */
    ED25519("Ed25519"),
    /** An RSA pair of 3072 bits, for clients that know nothing else. */
    RSA_3072("RSA");

    private static final int RSA_BITS = 3072;

    private final String algorithm;

    LeafKey(String algorithm) {
        this.algorithm = algorithm;
    }

    KeyPair make(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(parameters(), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has " + this, missing);
        }
    }

    private AlgorithmParameterSpec parameters() {
        return switch (this) {
            case EC_P256 -> new ECGenParameterSpec("secp256r1");
            case EC_P384 -> new ECGenParameterSpec("secp384r1");
            case ED25519 -> NamedParameterSpec.ED25519;
            case RSA_3072 -> new RSAKeyGenParameterSpec(RSA_BITS, RSAKeyGenParameterSpec.F4);
        };
    }
}
