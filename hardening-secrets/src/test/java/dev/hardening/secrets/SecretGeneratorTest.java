package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretGeneratorTest {
    private static final int DRAWS = 10_000_000;
    private static final double DEVIATIONS_FOR_ONE_IN_TEN_THOUSAND = 3.719;

    private final SecretGenerator generator = SecretGenerator.create(new SecureRandom());

    @ParameterizedTest
    @EnumSource
    @Tag("secrets:G2")
    void next_anyAlphabet_hasLengthAndSymbolsOfTheSpec(Alphabet alphabet) {
        SecretSpec spec = new SecretSpec(256, alphabet);

        String text = generator.next(spec).reveal();

        assertEquals(spec.length(), text.length());
        assertTrue(text.chars().allMatch(symbol -> alphabet.symbols().indexOf(symbol) >= 0));
    }

    @Test
    @Tag("secrets:G2")
    void alphabets_always_areFreeOfWhatDialectsReadDifferently() {
        for (Alphabet alphabet : Alphabet.values()) {
            assertTrue(alphabet.symbols().chars().noneMatch(symbol -> "$\"'#\\` \n\r\t".indexOf(symbol) >= 0));
            assertEquals(
                    alphabet.symbols().length(),
                    alphabet.symbols().chars().distinct().count());
        }
    }

    @Test
    @Tag("secrets:G2")
    void next_base64url_neverStartsWithADashButUsesOneElsewhere() {
        boolean inside = false;
        for (int i = 0; i < 5_000; i++) {
            String text = generator.next(SecretSpec.token64()).reveal();
            assertFalse(text.startsWith("-"));
            inside |= text.contains("-");
        }
        assertTrue(inside);
    }

    @Test
    @Tag("secrets:G4")
    void next_manyTimes_neverTheSame() {
        Set<String> seen = new HashSet<>();

        for (int i = 0; i < 2_000; i++) {
            assertTrue(
                    seen.add(generator.next(new SecretSpec(128, Alphabet.HEX)).reveal()));
        }
    }

    @Test
    @Tag("secrets:G4")
    void next_sourceThatRepeats_isReportedInsteadOfUsed() {
        SecretGenerator stuck = SecretGenerator.create(new StuckRandom());
        stuck.next(SecretSpec.hex256());

        var failure = assertThrows(SecretsUnavailableException.class, () -> stuck.next(SecretSpec.hex256()));

        assertFalse(failure.getMessage().contains("0000"));
    }

    @Test
    void create_sha1prng_isRefused() throws NoSuchAlgorithmException {
        SecureRandom weak = SecureRandom.getInstance("SHA1PRNG");

        assertThrows(SecretsConfigurationException.class, () -> SecretGenerator.create(weak));
    }

    @Test
    void source_always_namesTheAlgorithm() throws NoSuchAlgorithmException {
        SecureRandom drbg = SecureRandom.getInstance("DRBG");

        assertEquals("DRBG", SecretGenerator.create(drbg).source());
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 16, 58, 62, 64, 94})
    @Tag("slow")
    @Tag("secrets:G3")
    void draw_anyBound_isUniform(int bound) {
        Draw draw = new Draw(new SeededSecureRandom("uniform " + bound), bound);

        assertTrue(uniform(draw::next, bound));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 58, 62, 94})
    @Tag("slow")
    @Tag("secrets:G3")
    void remainder_boundThatDoesNotDivide256_isFoundOut(int bound) {
        SeededSecureRandom random = new SeededSecureRandom("biased " + bound);
        byte[] one = new byte[1];

        assertFalse(uniform(
                () -> {
                    random.nextBytes(one);
                    return Byte.toUnsignedInt(one[0]) % bound;
                },
                bound));
    }

    /** Pearson's chi-square at p = 1/10000, the critical value by Wilson and Hilferty. */
    private static boolean uniform(IntSupplier draw, int bound) {
        long[] counts = new long[bound];
        for (int i = 0; i < DRAWS; i++) {
            counts[draw.getAsInt()]++;
        }
        double expected = (double) DRAWS / bound;
        double statistic = 0;
        for (long count : counts) {
            statistic += (count - expected) * (count - expected) / expected;
        }
        double freedom = bound - 1;
        double share = 2 / (9 * freedom);
        double critical = freedom * Math.pow(1 - share + DEVIATIONS_FOR_ONE_IN_TEN_THOUSAND * Math.sqrt(share), 3);
        return statistic < critical;
    }

    private static final class StuckRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            java.util.Arrays.fill(bytes, (byte) 0);
        }
    }
}
