package dev.hardening.auth.password;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;

/**
 * What somebody typed as a password: normalised to NFKC, bounded, and never printed.
 *
 * <p>Nothing is cut, trimmed or case-folded. Input over {@value #MAX_BYTES} bytes of UTF-8, or with half a surrogate
 * pair, is kept only as the fact that it was typed: it is not {@link #usable}, matches no record, and costs an attempt
 * the same hash as any other (NIST SP 800-63B-4, section 3.1.1.2).
 *
 * <p>{@link #close} overwrites the bytes; a password that was closed is not usable. The string it came from is out of
 * reach. Safe for many threads.
 */
public final class Password implements AutoCloseable {
    /** The most bytes that are ever hashed. */
    public static final int MAX_BYTES = 1024;

    private static final int UTF8_BYTES_PER_CHAR = 3;

    private final byte[] bytes;
    private final int codePoints;
    private volatile boolean usable;

    private Password(byte[] bytes, int codePoints, Form form) {
        this.bytes = bytes;
        this.codePoints = codePoints;
        usable = form == Form.WELL_FORMED;
    }

    private enum Form {
        WELL_FORMED,
        REFUSED
    }

    /**
     * Takes what was typed; any string is allowed here, the empty one included.
     *
     * @param typed as it came from the form
     * @return the password
     */
    public static Password of(String typed) {
        Objects.requireNonNull(typed, "typed");
        if (typed.length() > MAX_BYTES) {
            return refused(typed);
        }
        String normal = Normalizer.normalize(typed, Normalizer.Form.NFKC);
        byte[] scratch = new byte[Math.multiplyExact(normal.length(), UTF8_BYTES_PER_CHAR)];
        ByteBuffer encoded = ByteBuffer.wrap(scratch);
        CoderResult outcome = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(normal), encoded, true);
        try {
            return outcome.isError() || encoded.position() > MAX_BYTES
                    ? refused(normal)
                    : new Password(Arrays.copyOf(scratch, encoded.position()), countIn(normal), Form.WELL_FORMED);
        } finally {
            Arrays.fill(scratch, (byte) 0);
        }
    }

    private static Password refused(String text) {
        return new Password(new byte[0], countIn(text), Form.REFUSED);
    }

    private static int countIn(String text) {
        return text.codePointCount(0, text.length());
    }

    /**
     * Says whether this could be anybody's password at all.
     *
     * @return false for malformed or oversized input and after {@link #close}
     */
    public boolean usable() {
        return usable;
    }

    /**
     * Counts the code points of the normalised text.
     *
     * @return 0 or more
     */
    public int codePoints() {
        return codePoints;
    }

    /**
     * Lends a copy of the bytes to {@code reader} and wipes the copy when it returns or throws.
     *
     * @param reader must not keep the array; gets an empty one where the password is not {@link #usable}
     * @param <T> what the reader makes of it
     * @return what {@code reader} returned
     */
    public <T> T use(Function<byte[], T> reader) {
        Objects.requireNonNull(reader, "reader");
        byte[] copy = usable ? bytes.clone() : new byte[0];
        try {
            return reader.apply(copy);
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    /**
     * Makes a second password with the same content, for work that outlives this one.
     *
     * @return independent of this one; closed apart
     */
    public Password copy() {
        return new Password(bytes.clone(), codePoints, usable ? Form.WELL_FORMED : Form.REFUSED);
    }

    /** Overwrites the bytes; closing again does nothing. */
    @Override
    public void close() {
        usable = false;
        Arrays.fill(bytes, (byte) 0);
    }

    /**
     * Prints that there is a password, and nothing of it.
     *
     * @return {@code Password[****]}
     */
    @Override
    public String toString() {
        return "Password[****]";
    }

    /**
     * The stored form of a password: a self-describing text with algorithm, parameters, salt and tag.
     *
     * @param text what to store; a guess can be tried against it offline, so it prints redacted
     */
    public record Hash(String text) {
        /**
         * Checks that there is a text; its hasher reads it.
         *
         * @param text what to store; a guess can be tried against it offline, so it prints redacted
         * @throws IllegalArgumentException if {@code text} is empty
         */
        public Hash {
            Objects.requireNonNull(text, "text");
            if (text.isEmpty()) {
                throw new IllegalArgumentException("text must not be empty");
            }
        }

        /**
         * Prints that there is a hash, and nothing of it.
         *
         * @return {@code Hash[****]}
         */
        @Override
        public String toString() {
            return "Hash[****]";
        }
    }
}
