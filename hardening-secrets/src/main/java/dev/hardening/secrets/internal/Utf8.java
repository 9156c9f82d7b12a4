package dev.hardening.secrets.internal;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * UTF-8 without substitutes: half a surrogate pair has no UTF-8, and where it becomes a question mark, two texts become
 * one. Leaves no copy of what goes through it.
 */
public final class Utf8 {
    private static final int MOST_BYTES = 3;

    private Utf8() {}

    /**
     * Encodes a text.
     *
     * @param text stays as it is
     * @param parameter how the caller calls it
     * @return its bytes
     * @throws IllegalArgumentException if it holds half a surrogate pair
     */
    public static byte[] bytes(CharSequence text, String parameter) {
        byte[] scratch = new byte[Math.multiplyExact(text.length(), MOST_BYTES)];
        try {
            ByteBuffer encoded = ByteBuffer.wrap(scratch);
            CoderResult result = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text), encoded, true);
            if (result.isError()) {
                throw new IllegalArgumentException(parameter + " must not hold half a surrogate pair");
            }
            return Arrays.copyOf(scratch, encoded.position());
        } finally {
            Arrays.fill(scratch, (byte) 0);
        }
    }

    /**
     * Decodes a text.
     *
     * @param utf8 stays as it is
     * @return its characters, the caller's to wipe, or empty if it is not UTF-8
     */
    public static Optional<char[]> characters(byte[] utf8) {
        try {
            CharBuffer decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
            char[] characters = Arrays.copyOf(decoded.array(), decoded.limit());
            Arrays.fill(decoded.array(), '\0');
            return Optional.of(characters);
        } catch (CharacterCodingException malformed) {
            return Optional.empty();
        }
    }
}
