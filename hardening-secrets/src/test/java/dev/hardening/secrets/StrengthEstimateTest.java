package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StrengthEstimateTest {
    @ParameterizedTest
    @CsvSource({"abcabcab,3", "aaaa,1", "abcd,4", "a,1", "abab1,5"})
    void period_text_isTheShortestBlock(String text, int period) {
        assertEquals(period, StrengthEstimate.period(text));
    }

    @ParameterizedTest
    @CsvSource({"abcdefghi,9", "abcdefghij,2", "k0123456789,3", "9876543210z,3", "aaaaaaaaaaaaaaa,2", "aab,3", "x,1"})
    void symbolsThatCount_runOfTenOrMore_countsTwo(String text, int symbols) {
        assertEquals(symbols, StrengthEstimate.symbolsThatCount(text));
    }

    @ParameterizedTest
    @EnumSource
    void bits_randomText_isNeverBelowItsSpec(Alphabet alphabet) {
        SecretGenerator generator = SecretGenerator.create(new SeededSecureRandom("estimate " + alphabet));
        SecretSpec spec = SecretSpec.of(256, alphabet);

        for (int i = 0; i < 5_000; i++) {
            int bits = StrengthEstimate.bits(generator.next(spec).reveal());
            // A text may by chance hold symbols of a smaller class only; with 256 bits that does not happen.
            assertTrue(bits >= 256, () -> bits + " bits of " + alphabet);
        }
    }

    @Test
    void bits_words_isAnUpperBound() {
        assertEquals(42, StrengthEstimate.bits("tropicalx"));
        assertEquals(0, StrengthEstimate.bits(""));
    }
}
