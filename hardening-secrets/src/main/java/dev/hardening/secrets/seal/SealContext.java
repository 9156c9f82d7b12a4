package dev.hardening.secrets.seal;

import dev.hardening.secrets.internal.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * The place a sealed value belongs to, such as table, column and row; it opens there and nowhere else.
 *
 * <p>The parts are not stored with the value and are not secret: whoever opens it says them again. Each goes in behind
 * its length, so {@code of("ab", "c")} is another place than {@code of("a", "bc")}. Where an old value must not be put
 * back, add a version as a part. Immutable; safe for many threads.
 */
public final class SealContext {
    private static final int MOST_BYTES = 16 * 1024;
    private static final SealContext NONE = new SealContext(new byte[0]);

    private final byte[] encoded;

    private SealContext(byte[] encoded) {
        this.encoded = encoded;
    }

    /**
     * Names a place.
     *
     * @param first what is sealed, such as the name of a table
     * @param more what narrows it, such as column, tenant and row; together at most 16 KiB in UTF-8
     * @return the context
     * @throws IllegalArgumentException if it is longer, or a part holds half a surrogate pair
     */
    public static SealContext of(String first, String... more) {
        return NONE.and(first).and(more);
    }

    /**
     * Says that the value belongs to no place: whoever can write where such values are kept can exchange one for
     * another.
     *
     * @return the context without parts
     */
    public static SealContext none() {
        return NONE;
    }

    /**
     * Names a place within this one.
     *
     * @param parts what narrows it further
     * @return a new context: this one's parts, then these
     * @throws IllegalArgumentException if it is longer than 16 KiB, or a part holds half a surrogate pair
     */
    public SealContext and(String... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(encoded);
        for (String part : parts) {
            byte[] text = Utf8.bytes(Objects.requireNonNull(part, "part"), "part");
            bytes.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(text.length).array());
            bytes.writeBytes(text);
        }
        if (bytes.size() > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "a context must have at most " + MOST_BYTES + " bytes, got " + bytes.size());
        }
        return new SealContext(bytes.toByteArray());
    }

    /** The parts, each behind its length in four bytes; not to be changed. */
    byte[] encoded() {
        return encoded;
    }

    /**
     * Compares the parts.
     *
     * @param other anything
     * @return whether it is a context of the same parts in the same order
     */
    @Override
    public boolean equals(Object other) {
        return other instanceof SealContext that && Arrays.equals(encoded, that.encoded);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(encoded);
    }

    /**
     * Prints how long it is; the parts may name a person.
     *
     * @return no part
     */
    @Override
    public String toString() {
        return "SealContext[" + encoded.length + " bytes]";
    }
}
