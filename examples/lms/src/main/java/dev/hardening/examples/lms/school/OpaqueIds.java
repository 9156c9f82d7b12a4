package dev.hardening.examples.lms.school;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;

/** Makes ids of 128 random bits that tell nothing and cannot be guessed; safe for many threads. */
public final class OpaqueIds {
    private static final int BYTES = 16;

    private final SecureRandom random;

    /** Draws from this source. */
    public OpaqueIds(SecureRandom random) {
        this.random = Objects.requireNonNull(random, "random");
    }

    /** An id: 22 letters, digits, {@code -} and {@code _}. */
    public String next() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
