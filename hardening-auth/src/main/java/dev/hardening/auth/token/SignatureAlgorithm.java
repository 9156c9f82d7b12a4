package dev.hardening.auth.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * How a key of one kind signs and verifies. A key has one algorithm; what a token's header says can only agree.
 *
 * <p>Bouncy Castle's P-256 is several times faster than that of the JDK; its provider object is handed over and never
 * registered. Keys are translated to it once, not for each token.
 */
enum SignatureAlgorithm {
    /** ECDSA on P-256 with SHA-256; the signature is R and S, 32 bytes each (RFC 7518, section 3.4). */
    ES256(64) {
        @Override
        JWSSigner signer(PrivateKey key) throws GeneralSecurityException, JOSEException {
            KeyFactory factory = KeyFactory.getInstance("EC", ENGINE);
            ECDSASigner signer =
                    new ECDSASigner((ECPrivateKey) factory.generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded())));
            signer.getJCAContext().setProvider(ENGINE);
            return signer;
        }

        @Override
        JWSVerifier verifier(PublicKey key) throws GeneralSecurityException, JOSEException {
            KeyFactory factory = KeyFactory.getInstance("EC", ENGINE);
            ECDSAVerifier verifier =
                    new ECDSAVerifier((ECPublicKey) factory.generatePublic(new X509EncodedKeySpec(key.getEncoded())));
            verifier.getJCAContext().setProvider(ENGINE);
            return verifier;
        }
    };

    private static final Provider ENGINE = new BouncyCastleProvider();

    private final int signatureLength;

    SignatureAlgorithm(int signatureLength) {
        this.signatureLength = signatureLength;
    }

    /** Which algorithm a key has; the only place where that is decided. */
    static SignatureAlgorithm of(PublicKey key) {
        if (!(key instanceof ECPublicKey)) {
            throw new IllegalArgumentException("tokens are signed with keys on P-256, got " + key.getAlgorithm());
        }
        return ES256;
    }

    abstract JWSSigner signer(PrivateKey key) throws GeneralSecurityException, JOSEException;

    /** Refuses a key on another curve, or a point that is not on its curve. */
    abstract JWSVerifier verifier(PublicKey key) throws GeneralSecurityException, JOSEException;

    /** A header that says this algorithm and nothing else, which is all that nimbus needs to know. */
    JWSHeader header() {
        return new JWSHeader(JWSAlgorithm.parse(name()));
    }

    int signatureLength() {
        return signatureLength;
    }
}
