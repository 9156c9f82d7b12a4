package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretSpecTest {
    @Test
    @Tag("secrets:G1")
    void token64_always_statesLengthAndStrengthApart() {
        SecretSpec.Strength strength = SecretSpec.token64().strength();

        assertEquals(64, strength.shortest());
        assertEquals(512, strength.lengthInBits());
        assertEquals(383.98, strength.effectiveBits(), 0.005);
        assertEquals("64 characters, 512 bits long, 383.9 bits strong", strength.toString());
    }

    @Test
    @Tag("secrets:G1")
    void hex256_always_isExactlyOneAes256Key() {
        assertEquals(
                "64 characters, 512 bits long, 256.0 bits strong",
                SecretSpec.hex256().strength().toString());
    }

    @Test
    @Tag("secrets:G1")
    void words_128Bits_areElevenWordsAndTheirStrengthIsStated() {
        SecretSpec.Strength strength = SecretSpec.words(128).strength();

        assertEquals(11, new SecretSpec.Words(128).count());
        assertEquals(128.7, strength.effectiveBits(), 0.005);
        assertEquals("43 to 109 characters, at least 344 bits long, 128.7 bits strong", strength.toString());
    }

    @ParameterizedTest
    @CsvSource({"128,HEX,32", "129,HEX,33", "128,DIGITS,39", "128,BASE64URL,22", "384,BASE64URL,65", "256,BASE58,44"})
    void length_bitsAndAlphabet_isTheShortestThatHoldsThem(int bits, Alphabet alphabet, int length) {
        assertEquals(length, new SecretSpec.Symbols(bits, alphabet).length());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("secrets:G1")
    void effectiveBits_anyStrength_neverBelowWhatWasAsked(Alphabet alphabet) {
        IntStream.rangeClosed(128, 4096)
                .forEach(bits -> assertReached(SecretSpec.of(bits, alphabet), alphabet.bitsPerSymbol()));
    }

    @Test
    @Tag("secrets:G1")
    void effectiveBits_anyStrengthInWords_neverBelowWhatWasAsked() {
        IntStream.rangeClosed(128, 4096).forEach(bits -> assertReached(SecretSpec.words(bits), WordList.bitsPerWord()));
    }

    private static void assertReached(SecretSpec spec, double step) {
        double reached = spec.strength().effectiveBits();

        assertTrue(reached >= spec.bits(), spec::toString);
        assertTrue(reached < spec.bits() + step + 1e-9, spec::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 127, 4097})
    @Tag("ASVS-11.5.1")
    void bits_outOfRange_isRefused(int bits) {
        assertThrows(IllegalArgumentException.class, () -> SecretSpec.of(bits, Alphabet.HEX));
        assertThrows(IllegalArgumentException.class, () -> SecretSpec.words(bits));
    }

    @Test
    void strength_thatIsNone_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SecretSpec.Strength(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new SecretSpec.Strength(2, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new SecretSpec.Strength(1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new SecretSpec.Strength(1, 1, Double.NaN));
    }
}
