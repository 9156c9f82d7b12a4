package dev.hardening.secrets.certificate;

import dev.hardening.secrets.Secret;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What an authority keeps: its key, its certificate, and the root that everybody trusts; in one file, so that it is whole. */
record AuthorityFile(PrivateKey key, X509Certificate issuer, X509Certificate root) {
    private static final List<String> LABELS = List.of(PemText.KEY, PemText.CERTIFICATE, PemText.CERTIFICATE);

    byte[] bytes() {
        byte[] certificates = PemText.certificates(List.of(issuer, root)).getBytes(StandardCharsets.US_ASCII);
        try (Secret text = PemText.key(key)) {
            return text.use(pem -> {
                byte[] whole = Arrays.copyOf(pem, pem.length + certificates.length);
                System.arraycopy(certificates, 0, whole, pem.length, certificates.length);
                return whole;
            });
        }
    }

    /** Reads the file back; empty if it is not one that was written whole by {@link #bytes}. */
    static Optional<AuthorityFile> read(byte[] file) {
        List<PemText.Block> blocks = PemText.cut(file);
        if (!blocks.stream().map(PemText.Block::label).toList().equals(LABELS)) {
            return Optional.empty();
        }
        try {
            X509Certificate issuer = certificate(blocks.get(1));
            X509Certificate root = certificate(blocks.get(2));
            PrivateKey key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(blocks.get(0).bytes()));
            issuer.verify(root.getPublicKey());
            boolean fits = SignatureScheme.of(issuer.getPublicKey())
                    .filter(scheme -> scheme.pair(key, issuer.getPublicKey()))
                    .isPresent();
            return fits ? Optional.of(new AuthorityFile(key, issuer, root)) : Optional.empty();
        } catch (GeneralSecurityException damaged) {
            return Optional.empty();
        }
    }

    private static X509Certificate certificate(PemText.Block block) throws GeneralSecurityException {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.bytes()));
    }
}
