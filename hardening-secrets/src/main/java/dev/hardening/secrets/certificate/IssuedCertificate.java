package dev.hardening.secrets.certificate;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A server's certificate with its key, as a {@link DevelopmentAuthority} made it; immutable. */
public final class IssuedCertificate {
    private final PrivateKey key;
    private final List<X509Certificate> chain;

    IssuedCertificate(PrivateKey key, List<X509Certificate> chain) {
        this.key = key;
        this.chain = List.copyOf(chain);
    }

    /**
     * Gives the certificates that a server shows.
     *
     * @return the server's own first, then the one that signed it
     */
    public List<X509Certificate> chain() {
        return chain;
    }

    /**
     * Gives the certificates that a server shows as text.
     *
     * @return PEM
     */
    public String chainPem() {
        return PemText.certificates(chain);
    }

    /**
     * Gives the key as text.
     *
     * @return PEM of PKCS #8, the caller's to close
     */
    public Secret keyPem() {
        return PemText.key(key);
    }

    /**
     * Writes both files with mode 0600, each whole or not at all, the key first.
     *
     * @param chainFile gets {@link #chainPem}
     * @param keyFile gets {@link #keyPem}
     * @throws IllegalArgumentException if both are the same file
     * @throws dev.hardening.secrets.SecretsConfigurationException if a file or its folder is not safe
     * @throws dev.hardening.secrets.SecretsUnavailableException if one cannot be written
     */
    public void write(Path chainFile, Path keyFile) {
        PrivateFile keyPlace = PrivateFile.at(keyFile);
        PrivateFile chainPlace = PrivateFile.at(chainFile);
        if (same(chainPlace.path(), keyPlace.path())) {
            throw new IllegalArgumentException("chainFile and keyFile must be two files, got " + keyFile + " twice");
        }
        try (Secret pem = keyPem()) {
            byte[] copy = pem.use(byte[]::clone);
            keyPlace.replace(copy);
            Arrays.fill(copy, (byte) 0);
        }
        chainPlace.replace(chainPem().getBytes(StandardCharsets.US_ASCII));
    }

    /** Neither need exist; their folders may be one by two names. */
    private static boolean same(Path one, Path other) {
        if (!Objects.equals(one.getFileName(), other.getFileName())) {
            return false;
        }
        try {
            return Files.isSameFile(one.resolveSibling("."), other.resolveSibling("."));
        } catch (IOException absent) {
            return one.equals(other);
        }
    }

    /**
     * Packs key and chain into one file.
     *
     * @return to be written under a passphrase
     */
    public Pkcs12 pkcs12() {
        return new Pkcs12(key, chain);
    }
}
