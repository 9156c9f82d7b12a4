package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.SecretsUnavailableException;
import dev.hardening.secrets.ring.InMemoryRingStore;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SealerTest {
    private static final SealContext PLACE = SealContext.of("user", "email", "42");

    private final KeyRing ring = SealRing.make();
    private final Sealer sealer = Sealer.of(ring);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private Optional<byte[]> opened(byte[] message) {
        return sealer.open(message, PLACE).value();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 16383, 16384, 16385, 32767, 32768, 32769, 1 << 20})
    void open_sealedAtEverySideOfAChunk_givesItBack(int length) {
        byte[] plain = Vector.plain(length);

        byte[] message = sealer.seal(plain, PLACE);

        assertEquals(length + 83 + 16 * (length / 16384), message.length);
        assertArrayEquals(plain, opened(message).orElseThrow());
        assertArrayEquals(Vector.plain(length), plain);
    }

    @Test
    void seal_sameTwice_isNeverTheSameMessage() {
        assertFalse(Arrays.equals(sealer.seal(bytes("a"), PLACE), sealer.seal(bytes("a"), PLACE)));
    }

    @Test
    void keyIdOf_message_isTheActiveKey() {
        byte[] message = sealer.seal(bytes("a"), PLACE);

        assertEquals("HS1", new String(message, 0, 3, StandardCharsets.US_ASCII));
        assertEquals(Optional.of(ring.active().id()), Sealer.keyIdOf(message));
        assertEquals(Optional.empty(), Sealer.keyIdOf(bytes("HS1-short")));
        assertEquals(Optional.empty(), Sealer.keyIdOf(bytes("HS2 and more than eleven")));
        assertFalse(sealer.needsRewrap(bytes("HS2 and more than eleven")));
    }

    @Tag("secrets:E5")
    @Test
    void open_threeRotationsLater_stillOpensAndWantsToBeRewrapped() {
        byte[] message = sealer.seal(bytes("a"), PLACE);
        assertFalse(sealer.needsRewrap(message));

        for (int i = 0; i < 3; i++) {
            SealRing.rotate(ring);
        }

        assertArrayEquals(bytes("a"), opened(message).orElseThrow());
        assertTrue(sealer.needsRewrap(message));
    }

    @Test
    void rewrap_oldMessage_movesItToTheActiveKey() {
        byte[] message = sealer.seal(bytes("a"), PLACE);
        String old = SealRing.rotate(ring);

        byte[] fresh = sealer.rewrap(message, PLACE).value().orElseThrow();
        ring.unsafeDisableNow(old);

        assertEquals(Optional.of(ring.active().id()), Sealer.keyIdOf(fresh));
        assertArrayEquals(bytes("a"), opened(fresh).orElseThrow());
        assertSame(fresh, sealer.rewrap(fresh, PLACE).value().orElseThrow());
    }

    @Test
    void rewrap_foreignMessage_isRefused() {
        byte[] message = sealer.seal(bytes("a"), PLACE);

        assertTrue(sealer.rewrap(message, SealContext.none()).value().isEmpty());
    }

    @Tag("secrets:E4")
    @Test
    void open_keyDisabledOrDestroyed_isRefusedAndNamesTheKey() {
        byte[] message = sealer.seal(bytes("a"), PLACE);
        String old = SealRing.rotate(ring);
        assertTrue(opened(message).isPresent());

        ring.unsafeDisableNow(old);
        assertEquals("Refused[key " + old + "]", sealer.open(message, PLACE).toString());
        ring.destroy(old);

        Optional<String> unknown =
                sealer.open(message, PLACE).fold(plain -> Optional.empty(), Opening.Refused::unknownKey);
        assertEquals(Optional.of(old), unknown);
    }

    @Test
    void open_pendingKey_isRefused() {
        byte[] message = sealer.seal(bytes("a"), PLACE);
        String pending = ring.add().id();
        System.arraycopy(SealFormat.header(pending), 0, message, 0, SealFormat.HEADER);

        assertEquals("Refused[key " + pending + "]", sealer.open(message, PLACE).toString());
    }

    @Tag("secrets:E3")
    @Test
    void open_whateverIsWrong_looksTheSame() {
        byte[] message = sealer.seal(bytes("secret"), PLACE);
        byte[] flipped = message.clone();
        flipped[flipped.length - 1] ^= 1;
        byte[] commitment = message.clone();
        commitment[40] ^= 1;

        List<String> refusals = List.of(
                sealer.open(message, SealContext.none()).toString(),
                sealer.open(flipped, PLACE).toString(),
                sealer.open(commitment, PLACE).toString(),
                sealer.open(Arrays.copyOf(message, 83), PLACE).toString(),
                sealer.open(new byte[0], PLACE).toString(),
                sealer.open(bytes("something else that is long enough to be looked at"), PLACE)
                        .toString());

        assertTrue(refusals.stream().allMatch("Refused"::equals), refusals::toString);
        assertEquals("Opened[****]", sealer.open(message, PLACE).toString());
    }

    @Tag("secrets:E1")
    @Test
    void limit_oneByteMore_isNeitherSealedNorOpened() {
        Sealer small = Sealer.builder().ring(ring).messageLimit(100).build();

        assertEquals(183, small.seal(new byte[100], PLACE).length);
        assertThrows(IllegalArgumentException.class, () -> small.seal(new byte[101], PLACE));
        assertTrue(small.open(sealer.seal(new byte[100], PLACE), PLACE).value().isPresent());
        assertTrue(small.open(sealer.seal(new byte[101], PLACE), PLACE).value().isEmpty());
    }

    @Test
    void seal_randomSourceStandsStill_isRefused() {
        Sealer still = new FixedKeys("00".repeat(8), new byte[32]).sealer(new byte[SealFormat.SALT]);
        still.seal(bytes("a"), PLACE);

        assertThrows(SecretsUnavailableException.class, () -> still.seal(bytes("b"), PLACE));
    }

    @ParameterizedTest
    @EnumSource(
            value = KeyKind.class,
            names = {"EC_P256", "HMAC_256"})
    void build_ringOfAnotherKind_isRefused(KeyKind kind) {
        KeyRing other = SealRing.of(kind, new InMemoryRingStore());

        SecretsConfigurationException refused =
                assertThrows(SecretsConfigurationException.class, () -> Sealer.of(other));

        assertEquals(List.of("ring data must be of kind AES_256, got " + kind), refused.faults());
    }

    @Test
    void build_everythingWrong_listsEveryFault() {
        SecretsConfigurationException refused = assertThrows(
                SecretsConfigurationException.class,
                () -> Sealer.builder().messageLimit(0).build());

        assertEquals(List.of("ring is missing", "messageLimit must be 1 to 1073741824, got 0"), refused.faults());
    }

    @Test
    void context_partsCutElsewhere_isAnotherPlace() {
        assertNotEquals(SealContext.of("ab", "c"), SealContext.of("a", "bc"));
        assertNotEquals(SealContext.of("a"), SealContext.of("a", ""));
        assertNotEquals(SealContext.none(), SealContext.of(""));
        assertEquals(SealContext.of("a", "b"), SealContext.of("a").and("b"));
        assertEquals(
                SealContext.of("a", "b").hashCode(),
                SealContext.of("a").and("b").hashCode());
        assertEquals("SealContext[5 bytes]", SealContext.of("a").toString());
        assertThrows(IllegalArgumentException.class, () -> SealContext.of("x".repeat(16 * 1024 - 3)));
        assertEquals(
                "SealContext[16384 bytes]",
                SealContext.of("x".repeat(16 * 1024 - 4)).toString());
    }
}
