package dev.hardening.ratelimit.redis;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.nio.ByteBuffer;

/**
 * Keys as text, states as bytes; a value that announces more limits than a bucket can have comes shortened to its head.
 *
 * <p>bucket4j reserves room for as many limits as the bytes announce before it reads the first, so that garbage under a
 * key would cost gigabytes. Shortened, it fails to decode, which is all that is wanted of it.
 */
final class StateCodec implements RedisCodec<String, byte[]> {
    /** Format of the state, format of the limits, how many limits: four bytes each. */
    static final int HEAD = 12;

    private static final int COUNT_AT = 8;
    private static final int MOST_LIMITS = 64;
    private static final int LONGEST = 64 * 1024;

    @Override
    public String decodeKey(ByteBuffer bytes) {
        return StringCodec.UTF8.decodeKey(bytes);
    }

    @Override
    public byte[] decodeValue(ByteBuffer bytes) {
        int length = bytes.remaining();
        if (length >= HEAD && !sound(length, bytes.getInt(bytes.position() + COUNT_AT))) {
            ByteBuffer head = bytes.duplicate();
            head.limit(head.position() + HEAD);
            bytes.position(bytes.limit());
            return ByteArrayCodec.INSTANCE.decodeValue(head);
        }
        return ByteArrayCodec.INSTANCE.decodeValue(bytes);
    }

    private static boolean sound(int length, int limits) {
        return length <= LONGEST && limits >= 1 && limits <= MOST_LIMITS;
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
