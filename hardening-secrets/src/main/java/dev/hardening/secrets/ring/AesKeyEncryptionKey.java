package dev.hardening.secrets.ring;

import dev.hardening.secrets.PrivateFile;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.internal.Pkcs12Bytes;
import dev.hardening.secrets.internal.Utf8;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Wraps root keys by AES key wrap with padding (RFC 5649) under 32 bytes held in memory or taken from a key store.
 *
 * <p>The key that wraps is derived from them and the context, so what is wrapped for one ring opens for no other. The id
 * is derived too: the same bytes have the same id, wherever they came from. Safe for many threads; no I/O after it was
 * made.
 */
public final class AesKeyEncryptionKey implements KeyEncryptionKey, AutoCloseable {
    private static final int KEY_STORE_LIMIT = 1 << 20;
    private static final int ID_BYTES = 8;

    private final Secret key;
    private final String id;

    private AesKeyEncryptionKey(Secret key) {
        this.key = key;
        try (Secret name = key.derive("hardening-key-wrap/1 id", ID_BYTES)) {
            id = "aes-kwp:" + name.use(HexFormat.of()::formatHex);
        }
    }

    /**
     * Takes the key as it is; a hexadecimal text is for {@link #ofHex}.
     *
     * @param key exactly 32 random bytes; copied, so it may be closed afterwards
     * @return the key-encryption key
     * @throws SecretsConfigurationException if the length is another
     */
    public static AesKeyEncryptionKey of(Secret key) {
        Objects.requireNonNull(key, "key");
        if (key.length() != KeyWrap.KEY_BYTES) {
            throw refused("key must have " + KeyWrap.KEY_BYTES + " bytes, got " + key.length());
        }
        return new AesKeyEncryptionKey(key.use(bytes -> Secret.of(bytes.clone())));
    }

    /**
     * Takes the key as a hexadecimal text, as the variable {@code ENCRYPTION_KEY} holds it and
     * {@code openssl rand -hex 32} prints it.
     *
     * @param key exactly 64 characters of 0-9 a-f A-F; copied, so it may be closed afterwards
     * @return the key-encryption key, the same one as of the 32 bytes it stands for
     * @throws SecretsConfigurationException if it is anything else, a line end behind it included
     */
    public static AesKeyEncryptionKey ofHex(Secret key) {
        Objects.requireNonNull(key, "key");
        return new AesKeyEncryptionKey(key.use(AesKeyEncryptionKey::decoded));
    }

    private static Secret decoded(byte[] text) {
        if (text.length != 2 * KeyWrap.KEY_BYTES) {
            throw refused("key must be " + 2 * KeyWrap.KEY_BYTES + " hexadecimal characters, got " + text.length);
        }
        byte[] bytes = new byte[KeyWrap.KEY_BYTES];
        try {
            for (int i = 0; i < text.length; i++) {
                if (!HexFormat.isHexDigit(text[i])) {
                    throw refused("key must be hexadecimal characters only");
                }
                bytes[i / 2] = (byte) (bytes[i / 2] << 4 | HexFormat.fromHexDigit(text[i]));
            }
            return Secret.of(bytes);
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /**
     * Takes an AES key out of a PKCS#12 key store, as {@code keytool -genseckey -keyalg AES -keysize 256} makes it.
     *
     * @param file at most 1 MiB, guarded as {@link PrivateFile} says; give {@code path.toRealPath()} where a link is meant
     * @param password of the store and of the entry; ASCII, as the JDK demands
     * @param alias of the entry, which must be a secret key of 32 bytes
     * @return the key-encryption key
     * @throws SecretsConfigurationException if the file is not safe or missing, is no such store, is not opened by the
     *     password, or has no such entry
     * @throws SecretsUnavailableException if the file cannot be read
     */
    public static AesKeyEncryptionKey ofKeyStore(Path file, Secret password, String alias) {
        Objects.requireNonNull(password, "password");
        Objects.requireNonNull(alias, "alias");
        char[] characters = password.use(Utf8::characters)
                .orElseThrow(() -> refused("the password of key store " + file + " must be ASCII"));
        byte[] content = new byte[0];
        try {
            content = PrivateFile.at(file)
                    .read(KEY_STORE_LIMIT)
                    .orElseThrow(() -> refused("key store " + file + " is missing"));
            return ofEntry(content, characters, alias);
        } catch (IOException | GeneralSecurityException unreadable) {
            // The cause would tell a wrong password from a damaged file, and may quote the file.
            throw refused("key store " + file + " is not PKCS#12, or the password does not open it");
        } finally {
            Arrays.fill(characters, '\0');
            Arrays.fill(content, (byte) 0);
        }
    }

    private static AesKeyEncryptionKey ofEntry(byte[] content, char[] password, String alias)
            throws IOException, GeneralSecurityException {
        try (Secret key = entry(content, password, alias)) {
            return of(key);
        }
    }

    private static Secret entry(byte[] content, char[] password, String alias)
            throws IOException, GeneralSecurityException {
        KeyStore store = Pkcs12Bytes.open(content, password);
        Key key = store.getKey(alias, password);
        if (key == null || !key.getAlgorithm().startsWith("AES") || key.getEncoded() == null) {
            throw refused("the key store has no AES key under that alias");
        }
        return Secret.of(key.getEncoded());
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public byte[] wrap(Secret rootKey, byte[] context) {
        return KeyWrap.wrap(key, rootKey, context);
    }

    @Override
    public Optional<Secret> unwrap(byte[] wrapped, byte[] context) {
        return KeyWrap.unwrap(key, wrapped, context);
    }

    /** Wipes the key; a ring that was opened with it needs it for {@link KeyRing#rewrap} only. */
    @Override
    public void close() {
        key.close();
    }

    private static SecretsConfigurationException refused(String fault) {
        return new SecretsConfigurationException(List.of(fault));
    }
}
