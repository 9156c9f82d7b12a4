package dev.hardening.secrets.jose;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;

/** Rings for the tests of bodies. */
final class Rings {
    private Rings() {}

    static KeyRing of(KeyKind kind) {
        return KeyRing.builder()
                .name("bodies")
                .kind(kind)
                .store(new InMemoryRingStore())
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    static void rotate(KeyRing ring) {
        ring.unsafePromoteNow(ring.add().id());
    }
}
