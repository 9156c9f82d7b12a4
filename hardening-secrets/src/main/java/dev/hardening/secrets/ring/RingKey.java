package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key of a ring, in the state it had when the ring was last read.
 *
 * <p>Immutable and safe for many threads. Hold it for one operation, not for the life of the process: the ring hands out
 * the key that counts now.
 */
public final class RingKey {
    private final RingEntry entry;
    private final KeyKind kind;
    private final Secret material;
    // Transient for the mappers that read fields; the class itself is not serializable.
    private final transient @Nullable PrivateKey privateKey;
    private final @Nullable PublicKey publicKey;

    RingKey(KeyKind kind, RingEntry entry, Secret material) {
        this(kind, entry, material, null, null);
    }

    RingKey(
            KeyKind kind,
            RingEntry entry,
            Secret material,
            @Nullable PrivateKey privateKey,
            @Nullable PublicKey publicKey) {
        this.entry = entry;
        this.kind = kind;
        this.material = material;
        this.privateKey = privateKey;
        this.publicKey = publicKey;
    }

    /**
     * Names the key; the id is not secret.
     *
     * @return 16 hexadecimal digits
     */
    public String id() {
        return entry.id();
    }

    /**
     * Tells what the key is.
     *
     * @return the kind of the ring
     */
    public KeyKind kind() {
        return kind;
    }

    /**
     * Tells where the key stands.
     *
     * @return the state when the ring was last read
     */
    public KeyState state() {
        return entry.state();
    }

    /**
     * Tells when the key was made.
     *
     * @return the time of the process that made it
     */
    public Instant created() {
        return entry.created();
    }

    /**
     * Tells when the key entered its state.
     *
     * @return the time of the process that moved it
     */
    public Instant changed() {
        return entry.changed();
    }

    /**
     * Gives the secret part: 32 bytes of a symmetric key, PKCS#8 (DER) of a key pair.
     *
     * @return a new copy, the caller's to close
     */
    public Secret material() {
        return material.use(bytes -> Secret.of(bytes.clone()));
    }

    /**
     * Gives the key that signs.
     *
     * @return the private key
     * @throws IllegalStateException if this is a symmetric key
     */
    public PrivateKey privateKey() {
        if (privateKey == null) {
            throw new IllegalStateException("a key of kind " + kind + " has no private key; use material()");
        }
        return privateKey;
    }

    /**
     * Gives the key that verifies.
     *
     * @return the public key
     * @throws IllegalStateException if this is a symmetric key
     */
    public PublicKey publicKey() {
        if (publicKey == null) {
            throw new IllegalStateException("a key of kind " + kind + " has no public key");
        }
        return publicKey;
    }

    /**
     * Prints id, kind and state.
     *
     * @return nothing of the key itself
     */
    @Override
    public String toString() {
        return "RingKey[" + id() + " " + kind + " " + state() + "]";
    }
}
