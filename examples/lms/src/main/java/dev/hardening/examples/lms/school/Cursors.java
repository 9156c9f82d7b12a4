package dev.hardening.examples.lms.school;

import dev.hardening.secrets.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Cursors of keyset paging: the position of the last item of a page, authenticated together with the list and the caller
 * it was given to, so that a cursor can be neither made up nor carried to another list or another person.
 *
 * <p>{@code base64url(microseconds(8) || id || mac(16))}, the MAC being HMAC-SHA-256 over the length-prefixed scope and
 * the position, cut to 128 bits.
 */
final class Cursors {
    private static final int MAC_BYTES = 16;
    private static final int TIME_BYTES = Long.BYTES;
    private static final int MAX_LENGTH = 160;

    private final Secret key;
    private final Optional<Secret> previous;

    /** Makes cursors with one key, and takes those made with the key before a rotation too. */
    Cursors(Secret key, Optional<Secret> previous) {
        this.key = key;
        this.previous = previous;
    }

    String encode(String scope, Position position) {
        byte[] payload = payload(position);
        byte[] mac = mac(key, scope, payload);
        byte[] whole = Arrays.copyOf(payload, payload.length + MAC_BYTES);
        System.arraycopy(mac, 0, whole, payload.length, MAC_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
    }

    Optional<Position> decode(String scope, String cursor) {
        byte[] whole = bytes(cursor);
        int split = whole.length - MAC_BYTES;
        if (split <= TIME_BYTES) {
            return Optional.empty();
        }
        byte[] payload = Arrays.copyOf(whole, split);
        byte[] mac = Arrays.copyOfRange(whole, split, whole.length);
        boolean present = MessageDigest.isEqual(mac, mac(key, scope, payload));
        if (!present
                && !previous.filter(old -> MessageDigest.isEqual(mac, mac(old, scope, payload)))
                        .isPresent()) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(payload);
        Instant time = Instant.EPOCH.plus(buffer.getLong(), ChronoUnit.MICROS);
        String id = new String(payload, TIME_BYTES, split - TIME_BYTES, StandardCharsets.US_ASCII);
        return Optional.of(new Position(time, id));
    }

    private static byte[] payload(Position position) {
        byte[] id = position.id().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(TIME_BYTES + id.length)
                .putLong(ChronoUnit.MICROS.between(Instant.EPOCH, position.time()))
                .put(id)
                .array();
    }

    private static byte[] bytes(String cursor) {
        if (cursor.length() > MAX_LENGTH) {
            return new byte[0];
        }
        try {
            return Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException notBase64) {
            return new byte[0];
        }
    }

    private static byte[] mac(Secret key, String scope, byte[] payload) {
        byte[] name = scope.getBytes(StandardCharsets.UTF_8);
        return key.use(bytes -> {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
                mac.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(name.length).array());
                mac.update(name);
                return Arrays.copyOf(mac.doFinal(payload), MAC_BYTES);
            } catch (GeneralSecurityException missing) {
                throw new IllegalStateException("every JRE has HmacSHA256", missing);
            }
        });
    }

    /**
     * Where a list goes on: after the item of this time and id.
     *
     * @param time to the microsecond, as the database keeps it
     * @param id the tie-break
     */
    record Position(Instant time, String id) {
        /** Before every item there is. */
        static final Position START = new Position(Instant.EPOCH, "");
    }
}
