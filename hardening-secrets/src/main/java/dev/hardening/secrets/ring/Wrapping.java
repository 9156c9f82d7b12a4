package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What seals a ring: a secret as it is, or a root key that a key-encryption key wraps; one of the two. */
final class Wrapping {
    private static final int LEAST_SECRET_BYTES = 32;

    private final @Nullable Secret secret;
    private final @Nullable KeyEncryptionKey key;

    private Wrapping(@Nullable Secret secret, @Nullable KeyEncryptionKey key) {
        this.secret = secret;
        this.key = key;
    }

    static Wrapping by(Secret secret) {
        return new Wrapping(secret, null);
    }

    static Wrapping by(KeyEncryptionKey key) {
        return new Wrapping(null, key);
    }

    Optional<Secret> secret() {
        return Optional.ofNullable(secret);
    }

    Optional<KeyEncryptionKey> key() {
        return Optional.ofNullable(key);
    }

    /** What is wrong with it, as a sentence that starts with the name of the parameter. */
    Optional<String> fault(String parameter) {
        if (secret != null && secret.length() < LEAST_SECRET_BYTES) {
            return Optional.of(
                    parameter + " must have at least " + LEAST_SECRET_BYTES + " bytes, got " + secret.length());
        }
        if (key != null && !RootDocument.validId(key.id())) {
            return Optional.of(parameter + " has an id that is not 1 to 200 characters of A-Z a-z 0-9 . _ : / -");
        }
        return Optional.empty();
    }
}
