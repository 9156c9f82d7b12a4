package dev.hardening.secrets.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A chain and the key of its first certificate, proven by a signature to belong together.
 *
 * <p>The proof matters most in the middle of a renewal, when one of two files may be new and the other old.
 */
final class Identity {
    private static final byte[] PROBE = {'h', 'a', 'r', 'd'};

    private final PrivateKey key;
    private final List<X509Certificate> chain;

    private Identity(PrivateKey key, List<X509Certificate> chain) {
        this.key = key;
        this.chain = List.copyOf(chain);
    }

    /** Refuses a key of another certificate and a certificate that is not valid now. */
    static Identity of(PrivateKey key, List<X509Certificate> chain, Instant now) throws UnusableException {
        X509Certificate leaf = chain.get(0);
        if (!belongTogether(key, leaf.getPublicKey())) {
            throw new UnusableException("the key is not that of the first certificate");
        }
        if (now.isAfter(leaf.getNotAfter().toInstant())) {
            throw new UnusableException(
                    "the certificate expired at " + leaf.getNotAfter().toInstant());
        }
        if (now.isBefore(leaf.getNotBefore().toInstant())) {
            throw new UnusableException(
                    "the certificate is not valid before " + leaf.getNotBefore().toInstant());
        }
        Identity identity = new Identity(key, chain);
        if (!identity.inOrder()) {
            throw new UnusableException("the certificates do not stand in order, each signed by the next");
        }
        if (Set.copyOf(chain).size() < chain.size()) {
            throw new UnusableException("a certificate stands twice in the chain");
        }
        return identity;
    }

    X509Certificate leaf() {
        return chain.get(0);
    }

    String fingerprint() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(leaf().getEncoded());
            return HexFormat.of().formatHex(digest);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("a certificate that was read has an encoding", impossible);
        }
    }

    /** The end of the first certificate of the chain to end. */
    Instant notAfter() {
        return chain.stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** Whether each certificate was signed by the next, as RFC 8446, section 4.4.2, wants it. */
    private boolean inOrder() {
        for (int i = 0; i + 1 < chain.size(); i++) {
            try {
                chain.get(i).verify(chain.get(i + 1).getPublicKey());
            } catch (GeneralSecurityException other) {
                return false;
            }
        }
        return true;
    }

    X509ExtendedKeyManager keyManager() throws UnusableException {
        char[] none = new char[0];
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, none);
            store.setKeyEntry("tls", key, none, chain.toArray(new X509Certificate[0]));
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(store, none);
            return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
        } catch (GeneralSecurityException | IOException failure) {
            // What it says may quote the key.
            throw new UnusableException("this Java runtime cannot serve the key");
        }
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) throws UnusableException {
        String algorithm = switch (publicKey.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> publicKey.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] made = signature.sign();
            signature.initVerify(publicKey);
            signature.update(PROBE);
            return signature.verify(made);
        } catch (InvalidKeyException | SignatureException other) {
            return false;
        } catch (GeneralSecurityException unknown) {
            throw new UnusableException("the certificate has a key that is neither EC, RSA nor EdDSA");
        }
    }
}
