package dev.hardening.secrets.seal;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingStore;

/** Rings for sealing, in memory. */
final class SealRing {
    private SealRing() {}

    static KeyRing make() {
        return open(new InMemoryRingStore());
    }

    static KeyRing open(RingStore store) {
        return of(KeyKind.AES_256, store);
    }

    static KeyRing of(KeyKind kind, RingStore store) {
        return KeyRing.builder()
                .name("data")
                .kind(kind)
                .store(store)
                .keyEncryptionKey(Secret.of("k".repeat(64)))
                .build();
    }

    /** Makes a new key and seals with it from now on; answers the id of the one before. */
    static String rotate(KeyRing ring) {
        String before = ring.active().id();
        ring.unsafePromoteNow(ring.add().id());
        return before;
    }
}
