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
    void token64_always_states64SymbolsAndTheirStrength() {
        SecretSpec spec = SecretSpec.token64();

        assertEquals(64, spec.length());
        assertEquals(383.98, spec.effectiveBits(), 0.005);
    }

    @Test
    @Tag("secrets:G1")
    void hex256_always_isExactlyOneAes256Key() {
        assertEquals(64, SecretSpec.hex256().length());
        assertEquals(256.0, SecretSpec.hex256().effectiveBits());
    }

    @ParameterizedTest
    @CsvSource({"128,HEX,32", "129,HEX,33", "128,DIGITS,39", "128,BASE64URL,22", "384,BASE64URL,65", "256,BASE58,44"})
    void length_bitsAndAlphabet_isTheShortestThatHoldsThem(int bits, Alphabet alphabet, int length) {
        assertEquals(length, new SecretSpec(bits, alphabet).length());
    }

    @ParameterizedTest
    @EnumSource
    void effectiveBits_anyStrength_neverBelowWhatWasAsked(Alphabet alphabet) {
        IntStream.rangeClosed(128, 4096).forEach(bits -> {
            SecretSpec spec = new SecretSpec(bits, alphabet);
            assertTrue(spec.effectiveBits() >= bits, () -> bits + " bits of " + alphabet);
            assertTrue(spec.effectiveBits() < bits + 6, () -> bits + " bits of " + alphabet);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 127, 4097})
    @Tag("ASVS-11.5.1")
    void bits_outOfRange_isRefused(int bits) {
        assertThrows(IllegalArgumentException.class, () -> new SecretSpec(bits, Alphabet.HEX));
    }
}
