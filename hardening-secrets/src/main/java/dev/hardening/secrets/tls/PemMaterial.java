package dev.hardening.secrets.tls;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Key and chain in two PEM files, which may be the same one. */
record PemMaterial(Path chain, Path keyFile) implements Material {
    @Override
    public List<Path> files() {
        return List.of(chain, keyFile);
    }

    @Override
    public Identity identity(List<byte[]> contents, Instant now) throws UnusableException {
        List<X509Certificate> certificates = Pem.certificates(chain.toString(), contents.get(0));
        String algorithm = certificates.get(0).getPublicKey().getAlgorithm();
        return Identity.of(Pem.key(keyFile.toString(), contents.get(1), algorithm), certificates, now);
    }
}
