package dev.hardening.ratelimit.redis;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Keys as text, states as bytes; what cannot be a state comes behind a mark that nothing decodes.
 *
 * <p>bucket4j reserves room for as many limits and figures as the bytes announce before it reads the first, so that
 * garbage under a key would cost gigabytes. So the length of everything is checked against the bytes there are before
 * any of it is believed.
 */
final class StateCodec implements RedisCodec<String, byte[]> {
    /** Nothing longer is a state; of such a value only the first bytes are kept. */
    static final int LONGEST = 64 * 1024;

    private static final int HEAD = 12;
    private static final int MOST_LIMITS = 64;
    private static final int FIGURES = 3;
    /** No format has this number. */
    private static final int MARK = -1;

    @Override
    public String decodeKey(ByteBuffer bytes) {
        return StringCodec.UTF8.decodeKey(bytes);
    }

    @Override
    public byte[] decodeValue(ByteBuffer bytes) {
        if (sound(bytes.duplicate())) {
            return ByteArrayCodec.INSTANCE.decodeValue(bytes);
        }
        int kept = bytes.remaining() > LONGEST ? HEAD : bytes.remaining();
        byte[] marked = new byte[Integer.BYTES + kept];
        ByteBuffer.wrap(marked).putInt(MARK);
        bytes.get(marked, Integer.BYTES, kept);
        bytes.position(bytes.limit());
        return marked;
    }

    /** What lies under the key, or the first bytes of what is too long; from what {@link #decodeValue} made of it. */
    static byte[] stored(byte[] value) {
        boolean marked = value.length >= Integer.BYTES && ByteBuffer.wrap(value).getInt() == MARK;
        return marked ? Arrays.copyOfRange(value, Integer.BYTES, value.length) : value;
    }

    private static boolean sound(ByteBuffer bytes) {
        try {
            return bytes.remaining() <= LONGEST && bytes.getInt() != MARK && hasAll(bytes);
        } catch (BufferUnderflowException ended) {
            return false;
        }
    }

    /** Format of the limits, their number, the limits; kind and format of the state, the number of its figures. */
    private static boolean hasAll(ByteBuffer bytes) {
        bytes.getInt();
        int limits = bytes.getInt();
        if (limits < 1 || limits > MOST_LIMITS) {
            return false;
        }
        for (int limit = 0; limit < limits; limit++) {
            skipLimit(bytes);
        }
        bytes.getInt();
        bytes.getInt();
        int figures = bytes.getInt();
        return figures == limits * FIGURES && bytes.remaining() >= figures * Long.BYTES;
    }

    /** Format; capacity, initial tokens, period, refill; whether by interval; first refill; adaptive or not; its id. */
    private static void skipLimit(ByteBuffer bytes) {
        skip(bytes, Integer.BYTES + 4 * Long.BYTES + 1 + Long.BYTES + 1);
        if (bytes.get() != 0) {
            skip(bytes, Short.toUnsignedInt(bytes.getShort()));
        }
    }

    private static void skip(ByteBuffer bytes, int length) {
        if (bytes.remaining() < length) {
            throw new BufferUnderflowException();
        }
        bytes.position(bytes.position() + length);
    }

    @Override
    public ByteBuffer encodeKey(String key) {
        return StringCodec.UTF8.encodeKey(key);
    }

    @Override
    public ByteBuffer encodeValue(byte[] value) {
        return ByteArrayCodec.INSTANCE.encodeValue(value);
    }
}
