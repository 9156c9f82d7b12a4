package dev.hardening.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bucket4j.distributed.remote.MutableBucketEntry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateCodecTest {
    private static final int BUCKET = 4 + 4 + 4 + 47 + 4 + 4 + 4 + 24 + 4 + 8;

    private final StateCodec codec = new StateCodec();

    /** One limit without an id, as bucket4j lays it out. */
    private static byte[] bucket(int limits, int figures) {
        ByteBuffer bytes = ByteBuffer.allocate(BUCKET);
        bytes.putInt(1).putInt(1).putInt(limits);
        bytes.putInt(1).putLong(10).putLong(10).putLong(1_000).putLong(1).put((byte) 0);
        bytes.putLong(Long.MIN_VALUE).put((byte) 0).put((byte) 0);
        bytes.putInt(3).putInt(1).putInt(figures);
        bytes.putLong(0).putLong(9).putLong(0);
        bytes.putInt(1).putLong(1);
        return bytes.array();
    }

    @Test
    void decodeValue_bucket_comesAsItIs() {
        byte[] bucket = bucket(1, 3);

        assertArrayEquals(bucket, codec.decodeValue(ByteBuffer.wrap(bucket)));
        assertTrue(new MutableBucketEntry(bucket).exists());
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 2, 4, 6})
    @Tag("ratelimit:A22")
    void decodeValue_announcesAnotherNumberOfFigures_decodesToNothingAndKeepsWhatLay(int figures) {
        byte[] broken = bucket(1, figures);

        requireBroken(broken);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 2, 65})
    @Tag("ratelimit:A22")
    void decodeValue_announcesAnotherNumberOfLimits_decodesToNothingAndKeepsWhatLay(int limits) {
        requireBroken(bucket(limits, 3));
    }

    @Test
    @Tag("ratelimit:A22")
    void decodeValue_anyPartOfABucket_decodesToNothing() {
        byte[] bucket = bucket(1, 3);
        for (int length = 0; length < BUCKET - 12; length++) {
            byte[] part = Arrays.copyOf(bucket, length);
            requireBroken(part);
        }
    }

    private void requireBroken(byte[] stored) {
        byte[] read = codec.decodeValue(ByteBuffer.wrap(stored));

        assertThrows(RuntimeException.class, () -> new MutableBucketEntry(read));
        assertArrayEquals(stored, StateCodec.stored(read));
    }
}
