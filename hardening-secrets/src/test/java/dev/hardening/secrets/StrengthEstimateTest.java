package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @Tag("secrets:G1")
    @ValueSource(
            strings = {
                "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "7C9E6679-7425-40DE-B44B-E07FC1F90AE7",
                "{7c9e6679-7425-40de-844b-e07fc1f90ae7}",
                "urn:uuid:7c9e6679-7425-40de-a44b-e07fc1f90ae7",
                "URN:UUID:7C9E6679-7425-40DE-A44B-E07FC1F90AE7",
                " 7c9e6679-7425-40de-944b-e07fc1f90ae7\n"
            })
    void bits_randomUuid_are122(String uuid) {
        assertEquals(122, StrengthEstimate.bits(uuid));
    }

    @ParameterizedTest
    @Tag("secrets:G1")
    @ValueSource(
            strings = {
                "00000000-0000-0000-0000-000000000000",
                "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                "000003e8-cbb9-21ea-b201-00045a86c8a1",
                "5df41881-3aed-3515-88a7-2f4a814cf09e",
                "2ed6657d-e927-568b-95e1-2665a8aea6a2",
                "1ec9414c-232a-6b00-b3c8-9e6bdeced846",
                "{017F22E2-79B0-7CC3-98C4-DC0C0C07398F}",
                "urn:uuid:2489e9ad-2ee2-8e00-8ec9-32d5f69181c0",
                "7c9e6679-7425-40de-744b-e07fc1f90ae7",
                "7c9e6679-7425-40de-c44b-e07fc1f90ae7"
            })
    void bits_uuidThatIsNotRandom_areNone(String uuid) {
        assertEquals(0, StrengthEstimate.bits(uuid));
    }

    @Test
    @Tag("secrets:G1")
    void bits_randomUuidsOfTheJdk_areNeverEnough() {
        for (int i = 0; i < 1_000; i++) {
            assertEquals(122, StrengthEstimate.bits(UUID.randomUUID().toString()));
        }
    }

    /** Two of them have the bits of both, and a word in front adds its own. */
    @Test
    void bits_textThatHoldsUuids_countsEachOnce() {
        String uuid = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

        assertEquals(244, StrengthEstimate.bits(uuid + "1d4f8e02-6b1c-4f3a-8a57-93c2d6e0b4f1"));
        assertEquals(122 + StrengthEstimate.bits("key_"), StrengthEstimate.bits("key_" + uuid));
        assertEquals(128, StrengthEstimate.bits(uuid.replace("-", "")));
        assertEquals(216, StrengthEstimate.bits(uuid.replace('-', '_')));
    }
}
