package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SecretGeneratorTest {
    private final SecretGenerator generator = SecretGenerator.create(new SecureRandom());

    @ParameterizedTest
    @EnumSource
    @Tag("secrets:G2")
    void next_anyAlphabet_hasLengthAndSymbolsOfTheSpec(Alphabet alphabet) {
        SecretSpec.Symbols spec = new SecretSpec.Symbols(256, alphabet);

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
            assertTrue(seen.add(generator.next(SecretSpec.of(128, Alphabet.HEX)).reveal()));
        }
    }

    @Test
    @Tag("secrets:G4")
    void next_sourceThatRepeats_isReportedInsteadOfUsed() {
        SecretGenerator stuck = SecretGenerator.create(new StuckRandom(0));
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

    @Test
    @Tag("secrets:G2")
    void next_words_areWordsOfTheListWithADashBetweenThem() {
        SecretSpec.Words spec = new SecretSpec.Words(256);
        for (int i = 0; i < 500; i++) {
            String text = generator.next(spec).reveal();

            assertTrue(text.matches("[a-z]{3,9}(-[a-z]{3,9}){" + (spec.count() - 1) + "}"), text);
            assertTrue(text.length() >= spec.strength().shortest());
            assertTrue(text.length() <= spec.strength().longest());
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("secrets:G4")
    void next_secretMadeBefore_isFoundAmongTheLast256(Alphabet alphabet) {
        LoopingRandom random = new LoopingRandom();
        SecretGenerator looping = SecretGenerator.create(random);
        SecretSpec spec = SecretSpec.of(128, alphabet);
        for (int i = 0; i < RecentSecrets.REMEMBERED; i++) {
            looping.next(spec);
        }

        random.startAgain();

        assertThrows(SecretsUnavailableException.class, () -> looping.next(spec));
    }

    @Test
    void next_sourceOfOnesOnly_endsInsteadOfHanging() {
        SecretGenerator stuck = SecretGenerator.create(new StuckRandom(0xff));

        assertThrows(SecretsUnavailableException.class, () -> stuck.next(SecretSpec.of(128, Alphabet.BASE58)));
        assertThrows(SecretsUnavailableException.class, () -> stuck.next(SecretSpec.words(128)));
    }

    @ParameterizedTest
    @CsvSource({"BASE64URL,383,48", "HEX,256,32", "HEX,4096,512"})
    void next_powerOfTwo_takesNoMoreRandomBytesThanItHolds(Alphabet alphabet, int bits, int bytes) {
        LoopingRandom random = new LoopingRandom();

        SecretGenerator.create(random).next(SecretSpec.of(bits, alphabet));

        // Only where the first symbol was a dash and is drawn again, there is one more.
        assertTrue(random.taken == bytes || random.taken == bytes + 1, () -> "took " + random.taken);
    }

    private static final class StuckRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final int value;

        StuckRandom(int value) {
            this.value = value;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            Arrays.fill(bytes, (byte) value);
        }
    }

    /** A good stream that can be made to start again, as that of a copied virtual machine does. */
    private static final class LoopingRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private transient SecureRandom stream = new SeededSecureRandom("loop");
        private int taken;

        void startAgain() {
            stream = new SeededSecureRandom("loop");
        }

        @Override
        public void nextBytes(byte[] bytes) {
            stream.nextBytes(bytes);
            taken += bytes.length;
        }
    }
}
