package dev.hardening.secrets.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.jose.BodyCipher;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import jakarta.servlet.Filter;
import org.junit.jupiter.api.Test;

/** The block of docs/secrets/bodies.md. */
class BodyGuideTest {
    @Test
    void quickStart_always_builds() {
        KeyRing ring = KeyRing.builder()
                .name("bodies")
                .kind(KeyKind.AES_256)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();

        // region secrets-bodies
        BodyCipher cipher = BodyCipher.builder()
                .role(BodyCipher.Role.SERVER)
                .context("lms/api")
                .sharedKeys(ring)
                .build();
        Filter filter = SealedBodyFilter.builder(cipher).build();
        // endregion

        assertNotNull(filter);
        assertEquals(1024 * 1024, cipher.maxBody());
    }
}
