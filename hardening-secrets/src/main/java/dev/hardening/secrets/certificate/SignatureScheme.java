package dev.hardening.secrets.certificate;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** How a key signs certificates; a key has one way. */
enum SignatureScheme {
    ECDSA_SHA256("SHA256withECDSA"),
    ECDSA_SHA384("SHA384withECDSA"),
    ED25519("Ed25519"),
    RSA_SHA256("SHA256withRSA");

    private static final int P256_BITS = 256;
    private static final int P384_BITS = 384;
    private static final int LEAST_RSA_BITS = 3072;
    private static final byte[] PROBE = {'h', 'a', 'r', 'd'};

    private final String algorithm;

    SignatureScheme(String algorithm) {
        this.algorithm = algorithm;
    }

    /** The way of a key; empty for one that is too weak or of another kind. */
    static Optional<SignatureScheme> of(PublicKey key) {
        if (key instanceof ECPublicKey point) {
            return switch (point.getParams().getOrder().bitLength()) {
                case P256_BITS -> Optional.of(ECDSA_SHA256);
                case P384_BITS -> Optional.of(ECDSA_SHA384);
                default -> Optional.empty();
            };
        }
        if (key instanceof RSAPublicKey rsa) {
            return rsa.getModulus().bitLength() >= LEAST_RSA_BITS ? Optional.of(RSA_SHA256) : Optional.empty();
        }
        boolean edwards = key instanceof EdECPublicKey point
                && point.getParams().getName().equals(NamedParameterSpec.ED25519.getName());
        return edwards ? Optional.of(ED25519) : Optional.empty();
    }

    AlgorithmIdentifier identifier() {
        return switch (this) {
            case ECDSA_SHA256 -> new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
            case ECDSA_SHA384 -> new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA384);
            // RFC 8410, section 3: no parameters.
            case ED25519 -> new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.3.101.112"));
            case RSA_SHA256 -> new AlgorithmIdentifier(PKCSObjectIdentifiers.sha256WithRSAEncryption, DERNull.INSTANCE);
        };
    }

    byte[] sign(PrivateKey key, byte[] content) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(content);
        return signature.sign();
    }

    /** Whether the two are halves of one pair. */
    boolean pair(PrivateKey privateKey, PublicKey publicKey) {
        try {
            byte[] made = sign(privateKey, PROBE);
            Signature signature = Signature.getInstance(algorithm);
            signature.initVerify(publicKey);
            signature.update(PROBE);
            return signature.verify(made);
        } catch (InvalidKeyException | SignatureException other) {
            return false;
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has " + algorithm, missing);
        }
    }
}
