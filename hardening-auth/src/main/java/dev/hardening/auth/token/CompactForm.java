package dev.hardening.auth.token;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * A token cut at its two dots, of which it is proven that each part has exactly one spelling.
 *
 * <p>Base64url decoders differ in what they forgive: padding, line ends, the standard alphabet, bits behind the last
 * byte. Each forgiven thing is a second spelling of one token, and two readers of one string. So the whole string is
 * looked at once, before anything is decoded or copied (RFC 7515, section 2).
 */
final class CompactForm {
    private static final int BITS_PER_CHARACTER = 6;
    private static final int CHARACTERS_PER_GROUP = 4;
    private static final byte NOT_IN_ALPHABET = -1;
    private static final byte[] VALUES = values();

    private final byte[] token;
    private final int firstDot;
    private final int secondDot;

    private CompactForm(byte[] token, int firstDot, int secondDot) {
        this.token = token;
        this.firstDot = firstDot;
        this.secondDot = secondDot;
    }

    /** Cuts a token of acceptable length; empty if it has another form. */
    static Optional<CompactForm> cut(String token) {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first < 0 || second < 0) {
            return Optional.empty();
        }
        boolean canonical = canonical(token, 0, first)
                && canonical(token, first + 1, second)
                && canonical(token, second + 1, token.length());
        return canonical
                ? Optional.of(new CompactForm(token.getBytes(StandardCharsets.ISO_8859_1), first, second))
                : Optional.empty();
    }

    int headerLength() {
        return decodedLength(firstDot);
    }

    int payloadLength() {
        return decodedLength(secondDot - firstDot - 1);
    }

    byte[] header() {
        return decode(0, firstDot);
    }

    byte[] payload() {
        return decode(firstDot + 1, secondDot);
    }

    byte[] signature() {
        return decode(secondDot + 1, token.length);
    }

    /** What is signed: the first two parts as they stand in the token. */
    byte[] signingInput() {
        return Arrays.copyOf(token, secondDot);
    }

    /** Whether a part is the one spelling of at least one byte. */
    private static boolean canonical(String token, int from, int to) {
        int length = to - from;
        int rest = length % CHARACTERS_PER_GROUP;
        if (length == 0 || rest == 1) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (value(token.charAt(i)) == NOT_IN_ALPHABET) {
                return false;
            }
        }
        int spareBits = rest * BITS_PER_CHARACTER % Byte.SIZE;
        return (value(token.charAt(to - 1)) & ((1 << spareBits) - 1)) == 0;
    }

    private static int decodedLength(int characters) {
        return characters * BITS_PER_CHARACTER / Byte.SIZE;
    }

    private byte[] decode(int from, int to) {
        return Base64.getUrlDecoder().decode(Arrays.copyOfRange(token, from, to));
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
