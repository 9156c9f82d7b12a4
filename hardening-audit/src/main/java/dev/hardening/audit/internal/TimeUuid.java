package dev.hardening.audit.internal;

import java.security.SecureRandom;
import java.util.UUID;

/** Makes UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits. */
final class TimeUuid {
    private static final int RANDOM_BYTES = 10;

    private final SecureRandom random;

    TimeUuid(SecureRandom random) {
        this.random = random;
    }

    UUID at(long epochMillis) {
        byte[] noise = new byte[RANDOM_BYTES];
        random.nextBytes(noise);
        long low = 0;
        for (int i = 2; i < RANDOM_BYTES; i++) {
            low = (low << 8) | (noise[i] & 0xffL);
        }
        long randomA = ((noise[0] & 0x0fL) << 8) | (noise[1] & 0xffL);
        return new UUID((epochMillis << 16) | 0x7000L | randomA, (low & 0x3fff_ffff_ffff_ffffL) | Long.MIN_VALUE);
    }
}
