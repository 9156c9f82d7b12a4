package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;

/** Makes keys of each kind and reads their encodings back. */
final class KeyMaker {
    static final int SYMMETRIC_BYTES = 32;
    private static final byte[] NONE = {};

    private KeyMaker() {}

    /** A new key: PKCS#8 and SubjectPublicKeyInfo, or raw bytes and nothing. */
    static final class Made {
        private final Secret material;
        private final byte[] publicKey;

        Made(Secret material, byte[] publicKey) {
            this.material = material;
            this.publicKey = publicKey;
        }

        Secret material() {
            return material;
        }

        String encodedPublicKey() {
            return RingSeal.encode(publicKey);
        }
    }

    static Made make(KeyKind kind, SecureRandom random) {
        if (kind.symmetric()) {
            byte[] bytes = new byte[SYMMETRIC_BYTES];
            random.nextBytes(bytes);
            return symmetric(Secret.of(bytes));
        }
        try {
            KeyPair pair = generator(kind, random).generateKeyPair();
            return new Made(
                    Secret.of(pair.getPrivate().getEncoded()), pair.getPublic().getEncoded());
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has P-256, P-384 and Ed25519", missing);
        }
    }

    private static KeyPairGenerator generator(KeyKind kind, SecureRandom random) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.algorithm());
        if (kind.curve().isEmpty()) {
            generator.initialize(NamedParameterSpec.ED25519, random);
        } else {
            generator.initialize(new ECGenParameterSpec(kind.curve()), random);
        }
        return generator;
    }

    static Made symmetric(Secret material) {
        return new Made(material, NONE);
    }

    /** Reads a stored key back, or nothing if it is not of the kind it should be. */
    static Optional<RingKey> open(KeyKind kind, RingEntry entry, Secret material) {
        if (kind.symmetric()) {
            return material.length() == SYMMETRIC_BYTES
                    ? Optional.of(new RingKey(kind, entry, material))
                    : Optional.empty();
        }
        return material.use(bytes -> {
            try {
                KeyFactory factory = KeyFactory.getInstance(kind.algorithm());
                byte[] encoded = Base64.getUrlDecoder().decode(entry.publicKey());
                PrivateKey privateKey = factory.generatePrivate(new PKCS8EncodedKeySpec(bytes));
                PublicKey publicKey = factory.generatePublic(new X509EncodedKeySpec(encoded));
                return Optional.of(new RingKey(kind, entry, material, privateKey, publicKey));
            } catch (InvalidKeySpecException | IllegalArgumentException malformed) {
                return Optional.empty();
            } catch (GeneralSecurityException missing) {
                throw new IllegalStateException("every Java runtime has these kinds of keys", missing);
            }
        });
    }
}
