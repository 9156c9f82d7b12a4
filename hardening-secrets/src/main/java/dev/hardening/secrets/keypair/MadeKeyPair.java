package dev.hardening.secrets.keypair;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.internal.PemLines;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;

/**
 * A key pair in the forms that others read: PKCS#8 and SubjectPublicKeyInfo, as PEM or DER, and JWK.
 *
 * <p>Every form of the private half is a {@link Secret}; forms of the public half are plain. {@link #id} is the same in
 * all of them. {@link #close} wipes the encoded private key; the {@link PrivateKey} object of the JDK cannot be wiped.
 * Safe for many threads.
 */
public final class MadeKeyPair implements AutoCloseable {
    private final KeyPairKind kind;
    private final KeyPair pair;
    private final Secret encoded;
    private final String id;

    MadeKeyPair(KeyPairKind kind, KeyPair pair) {
        this.kind = kind;
        this.pair = pair;
        this.encoded = Secret.of(pair.getPrivate().getEncoded());
        this.id = JwkWriter.thumbprint(pair.getPublic());
    }

    /**
     * Tells what the pair is.
     *
     * @return the kind that was asked for
     */
    public KeyPairKind kind() {
        return kind;
    }

    /**
     * Names the pair by its public half (RFC 7638, SHA-256); not secret.
     *
     * @return 43 characters of base64url, the {@code kid} of both JWKs
     */
    public String id() {
        return id;
    }

    /**
     * Gives the key that signs or decrypts.
     *
     * @return the private key; it outlives {@link #close}
     */
    public PrivateKey privateKey() {
        return pair.getPrivate();
    }

    /**
     * Gives the key that verifies or encrypts.
     *
     * @return the public key
     */
    public PublicKey publicKey() {
        return pair.getPublic();
    }

    /**
     * Encodes the private half (PKCS#8, RFC 5208), unencrypted.
     *
     * @return DER, a new copy, the caller's to close
     * @throws IllegalStateException if this pair is closed
     */
    public Secret privatePkcs8() {
        return encoded.use(bytes -> Secret.of(bytes.clone()));
    }

    /**
     * Encodes the private half as text (RFC 7468, {@code PRIVATE KEY}), unencrypted.
     *
     * @return the lines, each with a line feed; the caller's to close
     * @throws IllegalStateException if this pair is closed
     */
    public Secret privatePem() {
        return encoded.use(bytes -> Secret.of(PemLines.of("PRIVATE KEY", bytes)));
    }

    /**
     * Encodes the public half as text (RFC 7468, {@code PUBLIC KEY}).
     *
     * @return the lines, each with a line feed
     */
    public String publicPem() {
        return new String(PemLines.of("PUBLIC KEY", pair.getPublic().getEncoded()), StandardCharsets.US_ASCII);
    }

    /**
     * Encodes the pair as a JSON Web Key (RFC 7517, 7518 and 8037) with {@code kid}.
     *
     * @return one line of JSON that holds the private half; the caller's to close
     * @throws IllegalStateException if this pair is closed
     */
    public Secret privateJwk() {
        return encoded.use(open -> JwkWriter.privateJwk(id, pair));
    }

    /**
     * Encodes the public half as a JSON Web Key with {@code kid}.
     *
     * @return one line of JSON
     */
    public String publicJwk() {
        return JwkWriter.publicJwk(id, pair.getPublic());
    }

    /**
     * Encodes the public half as a set of one key, which is what servers publish (RFC 7517, section 5).
     *
     * @return one line of JSON
     */
    public String publicJwkSet() {
        return "{\"keys\":[" + publicJwk() + "]}";
    }

    /** Wipes the encoded private half; closing again does nothing. */
    @Override
    public void close() {
        encoded.close();
    }

    /**
     * Prints kind and id.
     *
     * @return nothing of the private half
     */
    @Override
    public String toString() {
        return "MadeKeyPair[" + kind + " " + id + "]";
    }
}
