package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.ring.KeyRing;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SealAttackTest {
    private static final SealContext PLACE = SealContext.of("user", "email", "42");

    private final KeyRing ring = SealRing.make();
    private final Sealer sealer = Sealer.of(ring);

    private boolean opens(byte[] message) {
        return sealer.open(message, PLACE).value().isPresent();
    }

    @Tag("secrets:A4")
    @Tag("secrets:E2")
    @Test
    void open_messageOfAnotherPlace_isRefused() {
        byte[] message = sealer.seal(new byte[5], PLACE);

        List<SealContext> others = List.of(
                SealContext.none(),
                SealContext.of("user", "email", "43"),
                SealContext.of("user", "email"),
                SealContext.of("user", "email", "42", ""),
                SealContext.of("user", "email4", "2"),
                SealContext.of("user", "phone", "42"));

        assertTrue(opens(message));
        assertTrue(others.stream()
                .allMatch(other -> sealer.open(message, other).value().isEmpty()));
    }

    @Tag("secrets:E2")
    @Test
    void open_keyIdExchangedForAnotherOfTheRing_isRefused() {
        byte[] message = sealer.seal(new byte[5], PLACE);
        SealRing.rotate(ring);

        System.arraycopy(SealFormat.header(ring.active().id()), 0, message, 0, SealFormat.HEADER);

        assertEquals("Refused", sealer.open(message, PLACE).toString());
    }

    /** Two ids, one key: only the id in the derivation tells them apart. */
    @Tag("secrets:E2")
    @Test
    void open_sameKeyUnderAnotherId_isRefused() {
        byte[] key = new byte[32];
        byte[] message = new FixedKeys("00".repeat(8), key)
                .sealer(new byte[SealFormat.SALT])
                .seal(new byte[5], PLACE);
        Sealer other = new FixedKeys("11".repeat(8), key).sealer(new byte[SealFormat.SALT]);

        System.arraycopy(SealFormat.header("11".repeat(8)), 0, message, 0, SealFormat.HEADER);

        assertEquals("Refused", other.open(message, PLACE).toString());
    }

    @Tag("secrets:E3")
    @Tag("ASVS-11.3.2")
    @Test
    void open_anyBitFlipped_isRefused() {
        byte[] message = sealer.seal(Vector.plain(40), PLACE);

        for (int bit = 0; bit < 8 * message.length; bit++) {
            byte[] flipped = message.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Opening<byte[]> opening = sealer.open(flipped, PLACE);
            assertTrue(opening.value().isEmpty(), "bit " + bit);
            boolean inKeyId = bit / 8 >= 3 && bit / 8 < SealFormat.HEADER;
            assertEquals(inKeyId, !opening.toString().equals("Refused"), "bit " + bit);
        }
    }

    @Tag("secrets:A6")
    @Test
    void open_cutOrLengthenedAnywhere_isRefused() {
        byte[] message = sealer.seal(Vector.plain(40), PLACE);

        for (int length = 0; length < message.length + 100; length++) {
            assertEquals(length == message.length, opens(Arrays.copyOf(message, length)), "length " + length);
        }
    }

    @Tag("secrets:A6")
    @Test
    void open_chunksRearranged_isRefused() throws Exception {
        byte[] message = sealer.seal(Vector.plain(3 * SealFormat.CHUNK + 7), PLACE);
        byte[] begin = Arrays.copyOf(message, SealFormat.PREAMBLE);
        List<byte[]> chunks = new ArrayList<>();
        for (int at = SealFormat.PREAMBLE; at < message.length; at += SealFormat.SEALED_CHUNK) {
            chunks.add(Arrays.copyOfRange(message, at, Math.min(message.length, at + SealFormat.SEALED_CHUNK)));
        }
        Random random = SeededRandom.of("rearranged");

        for (int round = 0; round < 300; round++) {
            byte[] other = rearranged(begin, chunks, random);
            if (!Arrays.equals(other, message)) {
                assertFalse(opens(other), "round " + round);
                InputStream stream = sealer.opening(new ByteArrayInputStream(other), PLACE);
                assertThrows(IOException.class, stream::readAllBytes);
            }
        }
    }

    /** Any number of the chunks in any order, each perhaps more than once. */
    private static byte[] rearranged(byte[] begin, List<byte[]> chunks, Random random) {
        byte[] message = begin;
        int count = random.nextInt(7);
        for (int i = 0; i < count; i++) {
            byte[] next = chunks.get(random.nextInt(chunks.size()));
            int end = message.length;
            message = Arrays.copyOf(message, end + next.length);
            System.arraycopy(next, 0, message, end, next.length);
        }
        return message;
    }

    @Tag("secrets:A6")
    @Test
    void open_chunkOfAnotherMessage_isRefused() {
        byte[] message = sealer.seal(Vector.plain(2 * SealFormat.CHUNK), PLACE);
        byte[] other = sealer.seal(Vector.plain(2 * SealFormat.CHUNK), PLACE);

        System.arraycopy(other, SealFormat.PREAMBLE, message, SealFormat.PREAMBLE, SealFormat.SEALED_CHUNK);

        assertFalse(opens(message));
    }

    /** Rolling back a row cannot be seen in the row alone; what ends it is the end of the key, or a version in the place. */
    @Tag("secrets:A7")
    @Test
    void open_rolledBack_opensUntilTheKeyIsDisabledAndNeverUnderAnotherVersion() {
        byte[] old = sealer.seal(new byte[] {1}, PLACE);
        byte[] versioned = sealer.seal(new byte[] {1}, PLACE.and("version 1"));
        String retiring = SealRing.rotate(ring);

        assertArrayEquals(new byte[] {1}, sealer.open(old, PLACE).value().orElseThrow());
        assertTrue(sealer.open(versioned, PLACE.and("version 2")).value().isEmpty());
        ring.unsafeDisableNow(retiring);
        assertEquals(
                Optional.of(retiring),
                sealer.open(old, PLACE).fold(plain -> Optional.empty(), Opening.Refused::unknownKey));
    }

    @Test
    void open_noise_isRefusedWithoutAnythingThrown() {
        Random random = SeededRandom.of("noise");
        for (int round = 0; round < 2_000; round++) {
            byte[] noise = new byte[random.nextInt(300)];
            random.nextBytes(noise);
            if (noise.length > SealFormat.HEADER && round % 2 == 0) {
                System.arraycopy(SealFormat.header(ring.active().id()), 0, noise, 0, SealFormat.HEADER);
            }
            assertFalse(opens(noise));
        }
    }
}
