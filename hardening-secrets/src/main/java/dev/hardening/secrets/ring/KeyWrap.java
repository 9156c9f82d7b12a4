package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES key wrap with padding, RFC 5649 (NIST SP 800-38F, KWP).
 *
 * <p>KWP knows no associated data, so what is wrapped would fit anywhere. The key that wraps is therefore derived anew
 * for each context (HKDF-SHA-256): a wrong context is a wrong key. KWP itself proves only 64 bits; a ring proves the rest,
 * since its own code is made with the key that was unwrapped.
 */
final class KeyWrap {
    static final int KEY_BYTES = 32;
    /** 32 bytes and the eight that KWP adds. */
    static final int WRAPPED_BYTES = 40;

    private static final String ALGORITHM = "AES/KWP/NoPadding";

    private KeyWrap() {}

    static byte[] wrap(Secret wrappingKey, Secret key, byte[] context) {
        try (Secret derived = derived(wrappingKey, context)) {
            return derived.use(bytes -> wrap(bytes, key));
        }
    }

    static Optional<Secret> unwrap(Secret wrappingKey, byte[] wrapped, byte[] context) {
        if (wrapped.length != WRAPPED_BYTES) {
            return Optional.empty();
        }
        try (Secret derived = derived(wrappingKey, context)) {
            return derived.use(bytes -> unwrap(bytes, wrapped)).filter(key -> key.length() == KEY_BYTES);
        }
    }

    /** KWP as it stands in the RFC, without a context. */
    static byte[] wrap(byte[] wrappingKey, Secret key) {
        return key.use(plain -> {
            try {
                return crypt(Cipher.ENCRYPT_MODE, wrappingKey, plain);
            } catch (GeneralSecurityException missing) {
                throw missing(missing);
            }
        });
    }

    /** KWP as it stands in the RFC, without a context; nothing if the check value does not fit. */
    static Optional<Secret> unwrap(byte[] wrappingKey, byte[] wrapped) {
        try {
            return Optional.of(Secret.of(crypt(Cipher.DECRYPT_MODE, wrappingKey, wrapped)));
        } catch (IllegalBlockSizeException | BadPaddingException refused) {
            return Optional.empty();
        } catch (GeneralSecurityException missing) {
            throw missing(missing);
        }
    }

    /** Not the modes that wrap and unwrap: these hand a key out in an object that cannot be wiped. */
    private static byte[] crypt(int mode, byte[] wrappingKey, byte[] input) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(ALGORITHM);
        cipher.init(mode, new SecretKeySpec(wrappingKey, "AES"));
        return cipher.doFinal(input);
    }

    private static IllegalStateException missing(GeneralSecurityException cause) {
        return new IllegalStateException("every Java runtime from 17 on has " + ALGORITHM, cause);
    }

    private static Secret derived(Secret wrappingKey, byte[] context) {
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(context);
        return wrappingKey.derive("hardening-key-wrap/1 " + text, KEY_BYTES);
    }
}
