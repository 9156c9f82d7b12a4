package dev.hardening.secrets;

import dev.hardening.secrets.internal.HmacSha256;
import dev.hardening.secrets.internal.Utf8;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Function;

/**
 * Holds the bytes of a secret so that they cannot slip into a log, a message or a JSON document.
 *
 * <p>It has no getter, prints as {@code Secret[****]}, is not serializable and has identity equality only;
 * whether two secrets are the same is asked with {@link #matches}. Reading is a word that one can search for:
 * {@link #use} lends a copy that is wiped afterwards, {@link #reveal} makes a {@code String} that cannot be wiped.
 *
 * <p>{@link #close} overwrites the bytes; every later use throws {@link IllegalStateException}. What the JVM or a
 * {@code Cipher} copied before is out of reach. Safe for many threads; a use that races with {@code close} sees all of
 * the secret or none of it (OWASP ASVS 5.0, 13.3.2 and 14.2.6).
 */
public final class Secret implements AutoCloseable {
    private static final int LEAST_FINGERPRINTED = 16;
    private static final int LEAST_KEY = 32;
    private static final int FINGERPRINT_BYTES = 16;

    // Transient: mappers that read fields (Jackson, Gson) then leave it out, though nothing here is serializable.
    private final transient byte[] bytes;
    private boolean closed;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Takes the bytes over and wipes the array that was handed in.
     *
     * @param bytes at least one byte; all zero afterwards
     * @return the secret
     * @throws IllegalArgumentException if {@code bytes} is empty
     */
    public static Secret of(byte[] bytes) {
        Objects.requireNonNull(bytes, "bytes");
        if (bytes.length == 0) {
            throw new IllegalArgumentException("a secret must not be empty");
        }
        byte[] own = bytes.clone();
        Arrays.fill(bytes, (byte) 0);
        return new Secret(own);
    }

    /**
     * Takes the characters over as UTF-8 and wipes the array that was handed in.
     *
     * @param characters at least one character; all zero afterwards
     * @return the secret
     * @throws IllegalArgumentException if {@code characters} is empty or holds half a surrogate pair
     */
    public static Secret of(char[] characters) {
        Objects.requireNonNull(characters, "characters");
        try {
            return of(Utf8.bytes(CharBuffer.wrap(characters), "characters"));
        } finally {
            Arrays.fill(characters, '\0');
        }
    }

    /**
     * Makes a secret from a string, as the environment hands it out; the string itself cannot be wiped.
     *
     * @param text at least one character
     * @return the secret, UTF-8 encoded
     * @throws IllegalArgumentException if {@code text} is empty or holds half a surrogate pair
     */
    public static Secret of(String text) {
        Objects.requireNonNull(text, "text");
        return of(Utf8.bytes(text, "text"));
    }

    /**
     * Lends a copy of the bytes to {@code reader} and wipes the copy when it returns or throws.
     *
     * @param reader must not keep the array
     * @param <T> what the reader makes of it
     * @return what {@code reader} returned
     * @throws IllegalStateException if this secret is closed
     */
    public <T> T use(Function<byte[], T> reader) {
        Objects.requireNonNull(reader, "reader");
        byte[] copy = copy();
        try {
            return reader.apply(copy);
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    /**
     * Makes a string of it, for an API that takes nothing else; the string stays in the heap until it is collected.
     *
     * @return the bytes read as UTF-8
     * @throws IllegalStateException if this secret is closed
     */
    public String reveal() {
        return use(copy -> new String(copy, StandardCharsets.UTF_8));
    }

    /**
     * Compares two secrets in a time that depends on their lengths alone.
     *
     * @param other the secret to compare with
     * @return whether both hold the same bytes
     * @throws IllegalStateException if one of them is closed
     */
    public boolean matches(Secret other) {
        Objects.requireNonNull(other, "other");
        return use(mine -> other.use(theirs -> MessageDigest.isEqual(mine, theirs)));
    }

    /**
     * Makes a key for one purpose out of this secret (HKDF-SHA-256 without salt, RFC 5869).
     *
     * <p>The same secret and purpose give the same key in every process; another purpose gives a key that tells
     * nothing about this one. The result is as strong as this secret, never stronger.
     *
     * @param purpose what the key is for, such as {@code lms/blind-index/v1}; not empty
     * @param length the bytes wanted, 1 to 8160
     * @return a new secret, the caller's to close
     * @throws IllegalStateException if this secret is closed
     */
    public Secret derive(String purpose, int length) {
        Objects.requireNonNull(purpose, "purpose");
        if (purpose.isEmpty()) {
            throw new IllegalArgumentException("purpose must not be empty");
        }
        byte[] info = purpose.getBytes(StandardCharsets.UTF_8);
        return use(mine -> of(Hkdf.derive(mine, new byte[0], info, length)));
    }

    /**
     * Names this secret in public, so that two places can tell whether they hold the same one (HMAC-SHA-256 under a key,
     * so that nobody without the key can try guesses).
     *
     * <p>Offered for secrets of 128 bits and more only (OWASP ASVS 5.0, 11.2.4): whoever has the key could find a shorter
     * one by trying. Length is all that can be checked; a password is not for fingerprints, however long.
     *
     * @param key at least 32 bytes, kept apart from what is fingerprinted
     * @return 32 hexadecimal digits, the same for the same secret and key
     * @throws IllegalArgumentException if this secret has fewer than 16 bytes, or the key fewer than 32
     * @throws IllegalStateException if one of them is closed
     */
    public String fingerprint(Secret key) {
        Objects.requireNonNull(key, "key");
        if (length() < LEAST_FINGERPRINTED || key.length() < LEAST_KEY) {
            throw new IllegalArgumentException("a fingerprint is for secrets of at least " + LEAST_FINGERPRINTED
                    + " bytes under a key of at least " + LEAST_KEY + ", got " + length() + " and " + key.length());
        }
        try (Secret purpose = key.derive("hardening-secrets/fingerprint/1", LEAST_KEY)) {
            byte[] code =
                    purpose.use(mine -> use(theirs -> HmacSha256.keyed(mine).doFinal(theirs)));
            return HexFormat.of().formatHex(code, 0, FINGERPRINT_BYTES);
        }
    }

    /**
     * Counts the bytes, which is not a secret.
     *
     * @return at least 1
     */
    public int length() {
        return bytes.length;
    }

    /** Overwrites the bytes; closing again does nothing. */
    @Override
    public synchronized void close() {
        Arrays.fill(bytes, (byte) 0);
        closed = true;
    }

    /**
     * Prints that there is a secret, and nothing of it.
     *
     * @return {@code Secret[****]}
     */
    @Override
    public String toString() {
        return "Secret[****]";
    }

    private synchronized byte[] copy() {
        if (closed) {
            throw new IllegalStateException("the secret is closed");
        }
        return bytes.clone();
    }
}
