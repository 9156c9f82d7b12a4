package dev.hardening.secrets.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * A token cut at its four dots, of which it is proven that each part has exactly one spelling.
 *
 * <p>Padding, line ends, the standard alphabet and bits behind the last byte are what base64url decoders forgive in
 * different ways. Each forgiven thing is a second spelling of one token. So the whole string is looked at before
 * anything is decoded (RFC 7516, section 7.1; RFC 7515, section 2).
 */
final class CompactJwe {
    static final int MAX_HEADER = 2048;
    static final int NONCE_CHARACTERS = 16;
    static final int TAG_CHARACTERS = 22;
    static final int MAX_KEY_CHARACTERS = 54;
    private static final int PARTS = 5;
    private static final int BITS_PER_CHARACTER = 6;
    private static final int CHARACTERS_PER_GROUP = 4;
    private static final int BYTES_PER_GROUP = 3;
    private static final byte NOT_IN_ALPHABET = -1;
    private static final byte[] VALUES = values();

    private final List<String> parts;

    private CompactJwe(List<String> parts) {
        this.parts = parts;
    }

    /** The most characters that a token with a body of this size can have. */
    static int longest(int maxBody) {
        int body = Math.addExact(maxBody, BYTES_PER_GROUP - 1) / BYTES_PER_GROUP;
        int frame = MAX_HEADER + MAX_KEY_CHARACTERS + NONCE_CHARACTERS + TAG_CHARACTERS + PARTS - 1;
        return Math.addExact(frame, Math.multiplyExact(body, CHARACTERS_PER_GROUP));
    }

    /** Cuts a token; empty if it is too long or has another form than AES-256-GCM gives. */
    static Optional<CompactJwe> cut(String token, int maxBody) {
        if (token.length() > longest(maxBody)) {
            return Optional.empty();
        }
        List<String> parts = new ArrayList<>(PARTS);
        int from = 0;
        for (int dot = token.indexOf('.'); dot >= 0; dot = token.indexOf('.', from)) {
            parts.add(token.substring(from, dot));
            from = dot + 1;
            if (parts.size() == PARTS) {
                return Optional.empty();
            }
        }
        parts.add(token.substring(from));
        CompactJwe cut = new CompactJwe(parts);
        return parts.size() == PARTS && cut.fits(maxBody) ? Optional.of(cut) : Optional.empty();
    }

    private boolean fits(int maxBody) {
        return !encodedHeader().isEmpty()
                && encodedHeader().length() <= MAX_HEADER
                && nonce().length() == NONCE_CHARACTERS
                && tag().length() == TAG_CHARACTERS
                && (long) ciphertext().length() * BITS_PER_CHARACTER / Byte.SIZE <= maxBody
                && parts.stream().allMatch(CompactJwe::canonical);
    }

    String encodedHeader() {
        return parts.get(0);
    }

    byte[] header() {
        return Base64.getUrlDecoder().decode(encodedHeader());
    }

    String encryptedKey() {
        return parts.get(1);
    }

    String nonce() {
        return parts.get(2);
    }

    String ciphertext() {
        return parts.get(3);
    }

    String tag() {
        return parts.get(4);
    }

    /** What AES-GCM authenticates besides the body (RFC 7516, section 5.1, step 14). */
    private byte[] associatedData() {
        return encodedHeader().getBytes(StandardCharsets.US_ASCII);
    }

    /** Gives the body if the tag is right; a part that is empty is no part to nimbus. */
    byte[] decrypt(JWEDecrypter opener) throws JOSEException, ParseException {
        return opener.decrypt(
                JWEHeader.parse(new Base64URL(encodedHeader())),
                encryptedKey().isEmpty() ? null : new Base64URL(encryptedKey()),
                new Base64URL(nonce()),
                new Base64URL(ciphertext()),
                new Base64URL(tag()),
                associatedData());
    }

    /** Whether a part is the one spelling of some bytes, or of none. */
    static boolean canonical(String part) {
        if (part.isEmpty()) {
            return true;
        }
        int rest = part.length() % CHARACTERS_PER_GROUP;
        if (rest == 1) {
            return false;
        }
        for (int i = 0; i < part.length(); i++) {
            if (value(part.charAt(i)) == NOT_IN_ALPHABET) {
                return false;
            }
        }
        int spareBits = rest * BITS_PER_CHARACTER % Byte.SIZE;
        return (value(part.charAt(part.length() - 1)) & ((1 << spareBits) - 1)) == 0;
    }

    private static byte value(char character) {
        return character < VALUES.length ? VALUES[character] : NOT_IN_ALPHABET;
    }

    private static byte[] values() {
        byte[] values = new byte['z' + 1];
        Arrays.fill(values, NOT_IN_ALPHABET);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int i = 0; i < alphabet.length(); i++) {
            values[alphabet.charAt(i)] = (byte) i;
        }
        return values;
    }
}
