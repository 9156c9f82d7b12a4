package dev.hardening.examples.lms.tls;

import dev.hardening.examples.lms.StartRefusedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A certificate chain and its private key, read from two PEM files.
 *
 * <p>Reads PKCS #8 keys (RSA, EC, Ed25519) with what the JDK has, and proves by a signature that key and first
 * certificate belong together: during a renewal one of the files may already be new and the other not.
 */
final class PemIdentity {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----\\s+([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final byte[] PROBE = "lms".getBytes(StandardCharsets.US_ASCII);

    private final PrivateKey key;
    private final List<? extends Certificate> chain;

    private PemIdentity(PrivateKey key, List<? extends Certificate> chain) {
        this.key = key;
        this.chain = chain;
    }

    static PemIdentity read(Path certificates, Path key) {
        try {
            byte[] pem = Files.readAllBytes(certificates);
            List<? extends Certificate> chain = List.copyOf(
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)));
            if (chain.isEmpty()) {
                throw refused("LMS_TLS_CERT " + certificates + " holds no certificate");
            }
            PublicKey publicKey = chain.get(0).getPublicKey();
            PrivateKey privateKey = privateKey(Files.readString(key, StandardCharsets.ISO_8859_1), publicKey, key);
            if (!belongTogether(privateKey, publicKey)) {
                throw refused("the key of LMS_TLS_KEY is not that of the first certificate in LMS_TLS_CERT");
            }
            return new PemIdentity(privateKey, chain);
        } catch (IOException failure) {
            throw refused("LMS_TLS_CERT or LMS_TLS_KEY cannot be read: " + failure);
        } catch (GeneralSecurityException failure) {
            throw refused("LMS_TLS_CERT or LMS_TLS_KEY is not well formed: " + failure.getMessage());
        }
    }

    /** The first certificate, whose serial number and end tell versions apart. */
    X509Certificate certificate() {
        return (X509Certificate) chain.get(0);
    }

    X509ExtendedKeyManager keyManager() {
        char[] none = new char[0];
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, none);
            store.setKeyEntry("lms", key, none, chain.toArray(new Certificate[0]));
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(store, none);
            return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
        } catch (GeneralSecurityException | IOException failure) {
            throw new IllegalStateException("the JDK cannot serve this key", failure);
        }
    }

    private static PrivateKey privateKey(String pem, PublicKey publicKey, Path file) throws GeneralSecurityException {
        Matcher found = KEY.matcher(pem);
        if (!found.find()) {
            throw refused("LMS_TLS_KEY " + file + " holds no unencrypted PKCS #8 key (BEGIN PRIVATE KEY);"
                    + " convert it with: openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem");
        }
        byte[] encoded;
        try {
            encoded = Base64.getMimeDecoder().decode(found.group(1));
        } catch (IllegalArgumentException damaged) {
            throw new InvalidKeySpecException("the base64 of the key is damaged", damaged);
        }
        return KeyFactory.getInstance(publicKey.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm = switch (publicKey.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> publicKey.getAlgorithm();
        };
        Signature signature = Signature.getInstance(algorithm);
        try {
            signature.initSign(key);
            signature.update(PROBE);
            byte[] made = signature.sign();
            signature.initVerify(publicKey);
            signature.update(PROBE);
            return signature.verify(made);
        } catch (InvalidKeyException | SignatureException other) {
            return false;
        }
    }

    private static StartRefusedException refused(String fault) {
        return new StartRefusedException(List.of(fault));
    }
}
