package dev.hardening.auth.session;

import dev.hardening.auth.AuthUnavailableException;
import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.secrets.ring.RingKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and proves the codes of refresh tokens.
 *
 * <p>A code is HMAC-SHA-256 under a key of the ring over label, family, generation and the family's nonce, each behind
 * its length, so that no two different inputs run together. The ring alone lacks the nonce and the row alone lacks the
 * key: a token can be made only by who holds both. Because it can be made again, a replayed exchange gives the same
 * token without any token being kept.
 */
final class RefreshCodes {
    private static final String ALGORITHM = "HmacSHA256";
    private static final byte[] LABEL = "hardening-auth refresh v1".getBytes(StandardCharsets.US_ASCII);

    private final KeyRing ring;

    RefreshCodes(KeyRing ring) {
        this.ring = ring;
    }

    /** The id of the key under which new generations are made. */
    String activeKey() {
        return asking(ring::active).id();
    }

    /** The token of the family's present generation; empty if its key is no longer accepted. */
    Optional<String> token(SessionFamily family) {
        SessionFamily.Head head = family.head();
        return code(head.keyId(), family, head.generation())
                .map(code -> new RefreshToken(
                                head.keyId(),
                                family.id(),
                                head.generation(),
                                Base64.getUrlEncoder().withoutPadding().encodeToString(code))
                        .compact());
    }

    /** Whether a token of this family was ever handed out by us; the present generation has one key only. */
    boolean proves(RefreshToken token, SessionFamily family) {
        SessionFamily.Head head = family.head();
        if (token.generation() == head.generation() && !token.keyId().equals(head.keyId())) {
            return false;
        }
        byte[] presented = Base64.getUrlDecoder().decode(token.mac());
        return code(token.keyId(), family, token.generation())
                .filter(code -> MessageDigest.isEqual(code, presented))
                .isPresent();
    }

    private Optional<byte[]> code(String keyId, SessionFamily family, long generation) {
        return asking(() -> ring.find(keyId)).map(key -> code(key, family, generation));
    }

    private static byte[] code(RingKey key, SessionFamily family, long generation) {
        try (Secret material = key.material()) {
            return material.use(bytes -> family.nonce().use(nonce -> {
                byte[] counter =
                        ByteBuffer.allocate(Long.BYTES).putLong(generation).array();
                byte[] id = family.id().getBytes(StandardCharsets.US_ASCII);
                return mac(bytes, List.of(LABEL, id, counter, nonce));
            }));
        }
    }

    private static byte[] mac(byte[] key, List<byte[]> parts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            for (byte[] part : parts) {
                mac.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java runtime has " + ALGORITHM, missing);
        }
    }

    private <T> T asking(Supplier<T> question) {
        try {
            return question.get();
        } catch (SecretsUnavailableException unavailable) {
            throw new AuthUnavailableException("ring " + ring.name() + " cannot be read", unavailable);
        }
    }
}
