package dev.hardening.secrets.tls;

import dev.hardening.secrets.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Key and chain in a PKCS #12 file, of which it must be the only key. */
record StoreMaterial(Path keyFile, Secret password) implements Material {
    @Override
    public List<Path> files() {
        return List.of(keyFile);
    }

    @Override
    public Identity identity(List<byte[]> contents, Instant now) throws UnusableException {
        char[] characters = password.use(bytes -> characters(StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes))));
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(contents.get(0)), characters);
            List<String> keys = Collections.list(store.aliases()).stream()
                    .filter(alias -> holdsKey(store, alias))
                    .toList();
            if (keys.size() != 1) {
                throw new UnusableException(keyFile + " must hold exactly one key, got " + keys.size());
            }
            return identity(store, keys.get(0), characters, now);
        } catch (GeneralSecurityException | IOException refused) {
            // What the key store says may tell whether it was the password or the file; nobody needs more than this.
            throw new UnusableException(keyFile + " cannot be opened: it is damaged or has another password");
        } finally {
            Arrays.fill(characters, '\0');
        }
    }

    @Override
    public void close() {
        password.close();
    }

    private Identity identity(KeyStore store, String alias, char[] characters, Instant now)
            throws UnusableException, GeneralSecurityException {
        Certificate[] chain = store.getCertificateChain(alias);
        if (chain == null || !(store.getKey(alias, characters) instanceof PrivateKey key)) {
            throw new UnusableException(keyFile + " holds a key without a certificate");
        }
        List<X509Certificate> certificates =
                Arrays.stream(chain).map(X509Certificate.class::cast).toList();
        return Identity.of(key, certificates, now);
    }

    private static boolean holdsKey(KeyStore store, String alias) {
        try {
            return store.isKeyEntry(alias);
        } catch (GeneralSecurityException notLoaded) {
            throw new IllegalStateException("the store was loaded", notLoaded);
        }
    }

    private static char[] characters(CharBuffer decoded) {
        char[] exact = new char[decoded.remaining()];
        decoded.get(exact);
        Arrays.fill(decoded.array(), '\0');
        return exact;
    }
}
