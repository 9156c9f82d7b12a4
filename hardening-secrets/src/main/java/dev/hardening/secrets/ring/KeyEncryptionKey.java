package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import java.util.Optional;

/**
 * Wraps the root key of a ring, wherever the wrapping key itself lives: in memory, in a key store, in another service.
 *
 * <p>A ring asks it once when it is made and once when it is opened, never for a single key or message. Implementations
 * are safe for many threads and answer within seconds. One that was closed throws {@link IllegalStateException}.
 */
public interface KeyEncryptionKey {
    /**
     * Names the key in public; it is stored beside what the key wrapped, so that the right one can be found.
     *
     * @return 1 to 200 characters of {@code A-Z a-z 0-9 . _ : / -}, the same for the life of the key
     */
    String id();

    /**
     * Encrypts a root key.
     *
     * @param rootKey 32 bytes; stays the caller's to close
     * @param context what the root key is for; public, and needed again to unwrap
     * @return what may be stored where others read
     * @throws SecretsUnavailableException if the key cannot be reached
     */
    byte[] wrap(Secret rootKey, byte[] context);

    /**
     * Decrypts a root key.
     *
     * @param wrapped anything; may come from an attacker
     * @param context as it was given to {@link #wrap}
     * @return the root key, the caller's to close, or empty if this key did not wrap this for that context
     * @throws SecretsUnavailableException if the key cannot be reached
     */
    Optional<Secret> unwrap(byte[] wrapped, byte[] context);
}
