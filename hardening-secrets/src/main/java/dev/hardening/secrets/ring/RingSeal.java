package dev.hardening.secrets.ring;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.internal.HmacSha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What one key-encryption key does for a ring: it encrypts each key and authenticates the whole document.
 *
 * <p>Three keys are derived from it, so that none is used for two things: one wraps (AES-256-GCM; ring, kind and key id
 * are the associated data, so that a wrapped key fits no other place), one makes the code over every field of the
 * document (HMAC-SHA-256; it stops a change of states, an added or a removed key), and one gives the public id by which
 * a document says which key-encryption key it needs. All input is length-prefixed: no two documents look alike.
 */
final class RingSeal {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 8;

    private final String id;
    private final Secret wrapKey;
    private final Secret macKey;

    RingSeal(Secret keyEncryptionKey) {
        try (Secret name = keyEncryptionKey.derive(RingCodec.FORMAT + " id", ID_BYTES)) {
            id = name.use(HexFormat.of()::formatHex);
        }
        wrapKey = keyEncryptionKey.derive(RingCodec.FORMAT + " wrap", KEY_BYTES);
        macKey = keyEncryptionKey.derive(RingCodec.FORMAT + " mac", KEY_BYTES);
    }

    String id() {
        return id;
    }

    String wrap(RingDocument document, String keyId, Secret material, SecureRandom random) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] sealed = material.use(plain -> crypt(Cipher.ENCRYPT_MODE, nonce, place(document, keyId), plain));
        ByteBuffer joined = ByteBuffer.allocate(NONCE_BYTES + sealed.length);
        return encode(joined.put(nonce).put(sealed).array());
    }

    /** Gives the key back, or nothing if it was not wrapped by this key for this place. */
    Optional<Secret> unwrap(RingDocument document, String keyId, String wrapped) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(wrapped);
            if (bytes.length <= NONCE_BYTES) {
                return Optional.empty();
            }
            byte[] nonce = Arrays.copyOf(bytes, NONCE_BYTES);
            byte[] sealed = Arrays.copyOfRange(bytes, NONCE_BYTES, bytes.length);
            return Optional.of(Secret.of(crypt(Cipher.DECRYPT_MODE, nonce, place(document, keyId), sealed)));
        } catch (IllegalArgumentException refused) {
            return Optional.empty();
        }
    }

    String mac(RingDocument document) {
        return encode(code(document));
    }

    boolean proves(RingDocument document, String mac) {
        byte[] claimed = mac.getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(mac(document).getBytes(StandardCharsets.UTF_8), claimed);
    }

    private byte[] crypt(int mode, byte[] nonce, byte[] place, byte[] input) {
        return wrapKey.use(key -> {
            try {
                Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
                cipher.updateAAD(place);
                return cipher.doFinal(input);
            } catch (AEADBadTagException refused) {
                throw new IllegalArgumentException("refused", refused);
            } catch (GeneralSecurityException missing) {
                throw new IllegalStateException("every Java runtime has AES-GCM", missing);
            }
        });
    }

    private byte[] code(RingDocument document) {
        Framed input = new Framed()
                .add(RingCodec.FORMAT)
                .add(document.ring())
                .add(document.kind().name())
                .add(Long.toString(document.version()))
                .add(document.sealId())
                .add(Integer.toString(document.keys().size()));
        for (RingEntry entry : document.keys()) {
            input.add(entry.id())
                    .add(entry.state().name())
                    .add(entry.created().toString())
                    .add(entry.changed().toString())
                    .add(entry.wrapped())
                    .add(entry.publicKey());
        }
        return macKey.use(key -> HmacSha256.keyed(key).doFinal(input.bytes()));
    }

    private static byte[] place(RingDocument document, String keyId) {
        return new Framed()
                .add(RingCodec.FORMAT)
                .add(document.ring())
                .add(document.kind().name())
                .add(keyId)
                .bytes();
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
