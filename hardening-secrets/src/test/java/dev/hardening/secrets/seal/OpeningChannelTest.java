package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.AEADBadTagException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpeningChannelTest {
    private static final SealContext PLACE = SealContext.of("film", "7");

    private final Sealer sealer = Sealer.of(SealRing.make());

    @TempDir
    private Path folder;

    private SeekableByteChannel opening(byte[] message) throws IOException {
        Path file = Files.write(folder.resolve("sealed"), message);
        return sealer.opening(Files.newByteChannel(file), PLACE);
    }

    private static void expectRefused(SeekableByteChannel channel) {
        for (int time = 0; time < 2; time++) {
            IOException refused = assertThrows(IOException.class, () -> channel.read(ByteBuffer.allocate(1)));
            assertInstanceOf(AEADBadTagException.class, refused.getCause());
            assertThrows(IOException.class, channel::size);
            assertThrows(IOException.class, channel::position);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16383, 16384, 16385, 32768, 50_000})
    void read_anywhere_givesWhatStandsThere(int length) throws IOException {
        byte[] plain = Vector.plain(length);
        Random random = SeededRandom.of("channel " + length);
        try (SeekableByteChannel channel = opening(sealer.seal(plain, PLACE))) {
            assertEquals(length, channel.size());
            for (int round = 0; round < 50; round++) {
                int at = random.nextInt(length + 1);
                ByteBuffer buffer = ByteBuffer.allocate(1 + random.nextInt(40_000));
                int read = channel.position(at).read(buffer);

                int expected = Math.min(buffer.capacity(), length - at);
                assertEquals(expected == 0 ? -1 : expected, read);
                assertEquals(at + expected, channel.position());
                assertArrayEquals(
                        Arrays.copyOfRange(plain, at, at + expected), Arrays.copyOf(buffer.array(), expected));
            }
            assertEquals(-1, channel.position(length + 5L).read(ByteBuffer.allocate(1)));
            assertThrows(IllegalArgumentException.class, () -> channel.position(-1));
        }
    }

    @Tag("secrets:A6")
    @Test
    void size_cutAnywhere_isNeverBelieved() throws IOException {
        byte[] message = sealer.seal(Vector.plain(40), PLACE);

        for (int length = 0; length < message.length; length++) {
            expectRefused(opening(Arrays.copyOf(message, length)));
        }
    }

    @Tag("secrets:A6")
    @Test
    void size_chunksDroppedOrAdded_isNeverBelieved() throws IOException {
        byte[] message = sealer.seal(Vector.plain(3 * SealFormat.CHUNK + 9), PLACE);
        byte[] dropped = new byte[message.length - SealFormat.SEALED_CHUNK];
        System.arraycopy(message, 0, dropped, 0, SealFormat.PREAMBLE);
        System.arraycopy(
                message,
                SealFormat.PREAMBLE + SealFormat.SEALED_CHUNK,
                dropped,
                SealFormat.PREAMBLE,
                dropped.length - SealFormat.PREAMBLE);

        expectRefused(opening(dropped));
        expectRefused(opening(Arrays.copyOf(message, message.length + 1)));
        expectRefused(opening(Arrays.copyOf(message, SealFormat.PREAMBLE + 3 * SealFormat.SEALED_CHUNK)));
    }

    @Tag("secrets:E3")
    @Test
    void read_changedChunk_isRefusedFromThenOn() throws IOException {
        byte[] message = sealer.seal(Vector.plain(3 * SealFormat.CHUNK), PLACE);
        message[SealFormat.PREAMBLE + SealFormat.SEALED_CHUNK] ^= 1;
        SeekableByteChannel channel = opening(message);
        ByteBuffer buffer = ByteBuffer.allocate(10);

        assertEquals(10, channel.read(buffer));
        assertThrows(IOException.class, () -> channel.position(SealFormat.CHUNK).read(buffer.clear()));

        assertArrayEquals(Arrays.copyOf(Vector.plain(10), 10), buffer.array());
        expectRefused(channel);
    }

    @Test
    void read_wrongPlaceOrTooLong_isRefused() throws IOException {
        byte[] message = sealer.seal(Vector.plain(40), PLACE);
        Path file = Files.write(folder.resolve("sealed"), message);
        Sealer small = new Sealer(
                new FixedKeys("00".repeat(8), new byte[32]),
                new SealSettings("small", new SecureRandom(), new SealListener() {}, 1, 39));

        expectRefused(sealer.opening(Files.newByteChannel(file), SealContext.none()));
        expectRefused(small.opening(Files.newByteChannel(file), PLACE));
    }

    @Test
    void channel_writeOrClosed_isRefused() throws IOException {
        SeekableByteChannel channel = opening(sealer.seal(new byte[3], PLACE));

        assertThrows(NonWritableChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
        assertThrows(NonWritableChannelException.class, () -> channel.truncate(1));
        assertTrue(channel.isOpen());
        channel.close();
        channel.close();
        assertFalse(channel.isOpen());
        assertThrows(ClosedChannelException.class, channel::size);
    }
}
