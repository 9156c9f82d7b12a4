package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.AEADBadTagException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamTest {
    private static final SealContext PLACE = SealContext.of("backup", "2026-11-22");

    private final KeyRing ring = SealRing.make();
    private final Sealer sealer = Sealer.of(ring);

    private byte[] streamed(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = sealer.sealing(bytes, PLACE)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    private InputStream opening(byte[] message) {
        return sealer.opening(new ByteArrayInputStream(message), PLACE);
    }

    private static IOException expectRefused(InputStream in) {
        IOException refused = assertThrows(IOException.class, in::readAllBytes);
        assertInstanceOf(AEADBadTagException.class, refused.getCause());
        IOException again = assertThrows(IOException.class, in::read);
        assertInstanceOf(AEADBadTagException.class, again.getCause());
        assertEquals(refused.getMessage(), again.getMessage());
        return refused;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16383, 16384, 16385, 32767, 32768, 32769, 100_000})
    void streams_everySideOfAChunk_areTheMessagesOfTheSealer(int length) throws IOException {
        byte[] plain = Vector.plain(length);

        byte[] message = streamed(plain);

        assertArrayEquals(plain, sealer.open(message, PLACE).value().orElseThrow());
        assertArrayEquals(plain, opening(message).readAllBytes());
        assertArrayEquals(plain, opening(sealer.seal(plain, PLACE)).readAllBytes());
        ByteArrayOutputStream copied = new ByteArrayOutputStream();
        assertEquals(length, opening(message).transferTo(copied));
        assertArrayEquals(plain, copied.toByteArray());
    }

    @ParameterizedTest
    @MethodSource("dev.hardening.secrets.seal.CobblestoneTest#vectors")
    void sealing_saltOfTheVector_givesItsBytes(Vector vector) throws Exception {
        Sealer fixed = new FixedKeys(vector.keyId(), vector.key()).sealer(vector.salt());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = fixed.sealing(bytes, vector.context())) {
            new ByteArrayInputStream(vector.plain()).transferTo(out);
        }

        byte[] expected = new FixedKeys(vector.keyId(), vector.key())
                .sealer(vector.salt())
                .seal(vector.plain(), vector.context());
        assertArrayEquals(expected, bytes.toByteArray());
    }

    @Test
    void streams_writtenAndReadInAnyPieces_giveTheSame() throws IOException {
        Random random = SeededRandom.of("stream pieces");
        for (int round = 0; round < 60; round++) {
            byte[] plain = new byte[random.nextInt(70_000)];
            random.nextBytes(plain);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (OutputStream out = sealer.sealing(bytes, PLACE)) {
                for (int at = 0; at < plain.length; ) {
                    int piece = Math.min(plain.length - at, 1 + random.nextInt(40_000));
                    out.write(plain, at, piece);
                    at += piece;
                }
            }

            assertArrayEquals(plain, inPieces(opening(bytes.toByteArray()), random));
        }
    }

    private static byte[] inPieces(InputStream in, Random random) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] buffer = new byte[40_000];
        for (int single = in.read(); single >= 0; single = in.read()) {
            read.write(single);
            int offset = random.nextInt(100);
            int length = in.read(buffer, offset, random.nextInt(30_000));
            read.write(buffer, offset, Math.max(0, length));
            assertTrue(in.available() >= 0);
        }
        return read.toByteArray();
    }

    @Tag("secrets:A6")
    @Test
    void opening_cutAtEveryByte_isRefused() throws IOException {
        byte[] message = streamed(Vector.plain(40));

        for (int length = 0; length < message.length; length++) {
            assertEquals(
                    "the sealed stream is refused",
                    expectRefused(opening(Arrays.copyOf(message, length))).getMessage());
        }
    }

    @Tag("secrets:A6")
    @Tag("secrets:E3")
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void opening_cutBetweenChunks_givesThePrefixAndThenRefuses(int chunks) throws IOException {
        byte[] plain = Vector.plain(3 * SealFormat.CHUNK);
        byte[] message = streamed(plain);

        InputStream in = opening(Arrays.copyOf(message, SealFormat.PREAMBLE + chunks * SealFormat.SEALED_CHUNK));

        byte[] prefix = in.readNBytes(chunks * SealFormat.CHUNK);
        assertArrayEquals(Arrays.copyOf(plain, chunks * SealFormat.CHUNK), prefix);
        expectRefused(in);
    }

    @Tag("secrets:E3")
    @Test
    void opening_secondChunkChanged_handsOutNothingOfIt() throws IOException {
        byte[] message = streamed(Vector.plain(3 * SealFormat.CHUNK));
        message[SealFormat.PREAMBLE + 2 * SealFormat.SEALED_CHUNK - 1] ^= 1;
        InputStream in = opening(message);

        assertEquals(SealFormat.CHUNK, in.readNBytes(SealFormat.CHUNK).length);
        byte[] buffer = new byte[SealFormat.CHUNK];
        assertThrows(IOException.class, () -> in.read(buffer));

        assertArrayEquals(new byte[SealFormat.CHUNK], buffer);
        expectRefused(in);
        assertThrows(IOException.class, in::available);
        assertThrows(IOException.class, () -> in.transferTo(OutputStream.nullOutputStream()));
    }

    @Tag("secrets:E4")
    @Test
    void opening_keyDisabled_isRefusedAndNamesTheKey() throws IOException {
        byte[] message = streamed(new byte[1]);
        String old = SealRing.rotate(ring);
        assertEquals(1, opening(message).readAllBytes().length);
        ring.unsafeDisableNow(old);

        IOException refused = expectRefused(opening(message));

        assertEquals("the sealed stream is refused: the ring does not accept key " + old, refused.getMessage());
    }

    @Test
    void opening_belowFails_isNoRefusalAndStaysFailed() throws IOException {
        byte[] message = streamed(Vector.plain(40_000));
        InputStream in = sealer.opening(
                new FilterInputStream(new ByteArrayInputStream(message, 0, 20_000)) {
                    @Override
                    public int read(byte[] bytes, int offset, int length) throws IOException {
                        int read = super.read(bytes, offset, length);
                        if (read < 0) {
                            throw new IOException("disk");
                        }
                        return read;
                    }
                },
                PLACE);

        assertEquals(SealFormat.CHUNK, in.readNBytes(SealFormat.CHUNK).length);
        assertEquals("disk", assertThrows(IOException.class, in::read).getMessage());
        assertEquals(
                "the stream failed before",
                assertThrows(IOException.class, in::read).getMessage());
    }

    @Test
    void sealing_belowFails_leavesNoWholeMessage() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        OutputStream out = sealer.sealing(
                new FilterOutputStream(bytes) {
                    private int calls;

                    @Override
                    public void write(byte[] given, int offset, int length) throws IOException {
                        if (++calls == 3) {
                            throw new IOException("full");
                        }
                        super.write(given, offset, length);
                    }
                },
                PLACE);
        out.write(new byte[SealFormat.CHUNK]);

        assertEquals(
                "full",
                assertThrows(IOException.class, () -> out.write(new byte[SealFormat.CHUNK]))
                        .getMessage());
        assertThrows(IOException.class, () -> out.write(1));
        out.close();

        assertTrue(sealer.open(bytes.toByteArray(), PLACE).value().isEmpty());
        expectRefused(opening(bytes.toByteArray()));
    }

    @Test
    void streams_closed_failAndCloseOnce() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        OutputStream out = sealer.sealing(bytes, PLACE);
        out.close();
        out.close();
        assertThrows(IOException.class, () -> out.write(1));
        assertThrows(IOException.class, out::flush);
        assertEquals(83, bytes.size());

        InputStream in = opening(bytes.toByteArray());
        assertEquals(-1, in.read());
        assertEquals(-1, in.read(new byte[1]));
        assertEquals(0, in.read(new byte[0]));
        in.close();
        in.close();
        assertThrows(IOException.class, in::read);
    }

    @Tag("secrets:E1")
    @Test
    void limit_oneByteMore_isNeitherSealedNorOpened() throws IOException {
        Sealer small = Sealer.builder().ring(ring).streamLimit(20_000).build();
        ByteArrayOutputStream exact = new ByteArrayOutputStream();
        try (OutputStream out = small.sealing(exact, PLACE)) {
            out.write(new byte[20_000]);
        }
        ByteArrayOutputStream more = new ByteArrayOutputStream();
        OutputStream out = small.sealing(more, PLACE);
        out.write(new byte[20_000]);

        assertThrows(IOException.class, () -> out.write(1));
        out.close();
        assertTrue(sealer.open(more.toByteArray(), PLACE).value().isEmpty());
        assertEquals(
                20_000,
                small.opening(new ByteArrayInputStream(exact.toByteArray()), PLACE)
                        .readAllBytes()
                        .length);
        expectRefused(small.opening(new ByteArrayInputStream(streamed(new byte[20_001])), PLACE));
    }
}
