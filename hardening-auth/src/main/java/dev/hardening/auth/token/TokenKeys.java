package dev.hardening.auth.token;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingKey;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The keys that tokens are signed and verified with, apart from where they lie. */
interface TokenKeys {
    /** The one key that signs. */
    Pair active();

    /** A key whose signatures are accepted. */
    Optional<Pair> find(String keyId);

    /** The keys that others should know. */
    List<Pair> published();

    /** A key pair under its id. */
    record Pair(String id, PrivateKey privateKey, PublicKey publicKey) {
        private static Pair of(RingKey key) {
            return new Pair(key.id(), key.privateKey(), key.publicKey());
        }
    }

    /** The keys of a ring; one that cannot be read is unavailable, never a wrong token. */
    static TokenKeys of(KeyRing ring) {
        return new TokenKeys() {
            @Override
            public Pair active() {
                return asking(() -> Pair.of(ring.active()));
            }

            @Override
            public Optional<Pair> find(String keyId) {
                return asking(() -> ring.find(keyId).map(Pair::of));
            }

            @Override
            public List<Pair> published() {
                return asking(() -> ring.published().stream().map(Pair::of).toList());
            }

            private <T> T asking(Supplier<T> question) {
                try {
                    return question.get();
                } catch (SecretsUnavailableException unavailable) {
                    throw new AuthUnavailableException("ring " + ring.name() + " cannot be read", unavailable);
                }
            }
        };
    }
}
