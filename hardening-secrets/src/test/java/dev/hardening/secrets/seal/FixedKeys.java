package dev.hardening.secrets.seal;

import java.security.SecureRandom;
import java.util.Optional;

/** One key that is known beforehand, for comparing with messages of others. */
final class FixedKeys implements SealKeys {
    private final SealKey key;

    FixedKeys(String id, byte[] key) {
        this.key = new SealKey(id, key);
    }

    @Override
    public SealKey active() {
        return key;
    }

    @Override
    public Optional<SealKey> find(String keyId) {
        return Optional.of(key).filter(known -> known.id().equals(keyId));
    }

    /** A sealer with this key that takes {@code salt} for every message. */
    Sealer sealer(byte[] salt) {
        return new Sealer(
                this, new SealSettings("fixed", new FixedSalt(salt), new SealListener() {}, 64 << 20, 1L << 40));
    }

    private static final class FixedSalt extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final byte[] salt;

        FixedSalt(byte[] salt) {
            super(null, null);
            this.salt = salt.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(salt, 0, bytes, 0, bytes.length);
        }
    }
}
