package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.internal.Utf8;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Wraps root keys under a passphrase, by PBKDF2-HMAC-SHA-512 with a random salt, then AES key wrap (RFC 5649).
 *
 * <p>Each wrapping carries its salt and number of iterations, so the number can be raised later; what it says is bounded
 * before any work is done, since it may come from an attacker. A key is derived once when a ring is opened, in about a
 * second or less; whoever can read the store can guess as fast as their machines derive, so take a generated passphrase
 * ({@link dev.hardening.secrets.SecretSpec}). Safe for many threads.
 */
public final class PassphraseKeyEncryptionKey implements KeyEncryptionKey, AutoCloseable {
    static final int LEAST_ITERATIONS = 210_000;
    static final int MOST_ITERATIONS = 10_000_000;
    private static final int LEAST_LENGTH = 15;
    private static final int MOST_LENGTH = 1024;
    private static final int SALT_BYTES = 16;
    private static final byte VERSION = 1;
    private static final int SIZE = 1 + Integer.BYTES + SALT_BYTES + KeyWrap.WRAPPED_BYTES;

    private final String id;
    private final Secret passphrase;
    private final int iterations;
    private final SecureRandom random;

    private PassphraseKeyEncryptionKey(Builder given, Secret passphrase) {
        this.id = given.id;
        this.passphrase = passphrase;
        this.iterations = given.iterations;
        this.random = given.random;
    }

    /**
     * Starts one; {@code id} and {@code passphrase} are mandatory.
     *
     * @return a builder, for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public byte[] wrap(Secret rootKey, byte[] context) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        try (Secret key = stretched(salt, iterations)) {
            byte[] wrapped = KeyWrap.wrap(key, rootKey, context);
            return ByteBuffer.allocate(1 + Integer.BYTES + SALT_BYTES + wrapped.length)
                    .put(VERSION)
                    .putInt(iterations)
                    .put(salt)
                    .put(wrapped)
                    .array();
        }
    }

    @Override
    public Optional<Secret> unwrap(byte[] wrapped, byte[] context) {
        if (wrapped.length != SIZE || wrapped[0] != VERSION) {
            return Optional.empty();
        }
        ByteBuffer input = ByteBuffer.wrap(wrapped, 1, SIZE - 1);
        int claimed = input.getInt();
        if (claimed < LEAST_ITERATIONS || claimed > MOST_ITERATIONS) {
            return Optional.empty();
        }
        byte[] salt = new byte[SALT_BYTES];
        byte[] key = new byte[KeyWrap.WRAPPED_BYTES];
        input.get(salt).get(key);
        try (Secret stretched = stretched(salt, claimed)) {
            return KeyWrap.unwrap(stretched, key, context);
        }
    }

    private Secret stretched(byte[] salt, int rounds) {
        return passphrase.use(utf8 -> {
            char[] characters = Utf8.characters(utf8).orElseThrow();
            PBEKeySpec spec = new PBEKeySpec(characters, salt, rounds, KeyWrap.KEY_BYTES * Byte.SIZE);
            try {
                return Secret.of(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                        .generateSecret(spec)
                        .getEncoded());
            } catch (GeneralSecurityException missing) {
                throw new IllegalStateException("every Java runtime has PBKDF2WithHmacSHA512", missing);
            } finally {
                spec.clearPassword();
                Arrays.fill(characters, '\0');
            }
        });
    }

    private static boolean isUtf8(byte[] bytes) {
        Optional<char[]> characters = Utf8.characters(bytes);
        characters.ifPresent(decoded -> Arrays.fill(decoded, '\0'));
        return characters.isPresent();
    }

    /** Wipes the passphrase; a ring that was opened with it needs it for {@link KeyRing#rewrap} only. */
    @Override
    public void close() {
        passphrase.close();
    }

    /** Collects what it needs; not safe for many threads. */
    public static final class Builder {
        private static final int DEFAULT_ITERATIONS = 600_000;

        private String id = "";
        private @Nullable Secret passphrase;
        private int iterations = DEFAULT_ITERATIONS;
        private SecureRandom random = new SecureRandom();

        private Builder() {}

        /**
         * Names the key; mandatory. Another passphrase needs another name.
         *
         * @param keyId as {@link KeyEncryptionKey#id} says
         * @return this builder
         */
        public Builder id(String keyId) {
            id = Objects.requireNonNull(keyId, "keyId");
            return this;
        }

        /**
         * Gives the passphrase; mandatory.
         *
         * @param secret 15 to 1024 bytes of UTF-8; copied, so it may be closed after {@link #build}
         * @return this builder
         */
        public Builder passphrase(Secret secret) {
            passphrase = Objects.requireNonNull(secret, "secret");
            return this;
        }

        /**
         * Says how often PBKDF2 goes round for what is wrapped from now on; 600,000 if not called.
         *
         * @param rounds 210,000 to 10,000,000
         * @return this builder
         */
        public Builder iterations(int rounds) {
            iterations = rounds;
            return this;
        }

        /**
         * Gives the source of salts; a {@link SecureRandom} of its own if not called.
         *
         * @param source the source
         * @return this builder
         */
        public Builder random(SecureRandom source) {
            random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Makes the key-encryption key; derives nothing yet.
         *
         * @return the key-encryption key
         * @throws SecretsConfigurationException with every fault of what was given
         */
        public PassphraseKeyEncryptionKey build() {
            List<String> faults = faults();
            if (!faults.isEmpty()) {
                throw new SecretsConfigurationException(faults);
            }
            Secret copy = Objects.requireNonNull(passphrase).use(bytes -> Secret.of(bytes.clone()));
            return new PassphraseKeyEncryptionKey(this, copy);
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            if (!RootDocument.validId(id)) {
                faults.add("id must be 1 to 200 characters of A-Z a-z 0-9 . _ : / -, got \"" + id + "\"");
            }
            if (passphrase == null) {
                faults.add("passphrase is missing");
            } else if (passphrase.length() < LEAST_LENGTH || passphrase.length() > MOST_LENGTH) {
                faults.add("passphrase must have " + LEAST_LENGTH + " to " + MOST_LENGTH + " bytes, got "
                        + passphrase.length());
            } else if (!passphrase.use(PassphraseKeyEncryptionKey::isUtf8)) {
                faults.add("passphrase must be UTF-8");
            }
            if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS) {
                faults.add("iterations must be " + LEAST_ITERATIONS + " to " + MOST_ITERATIONS + ", got " + iterations);
            }
            return faults;
        }
    }
}
