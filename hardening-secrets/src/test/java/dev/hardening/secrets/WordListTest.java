package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("secrets:G1")
class WordListTest {
    private static final List<String> WORDS = IntStream.range(0, WordList.SIZE)
            .mapToObj(number -> new String(WordList.word(number), StandardCharsets.US_ASCII))
            .toList();

    @Test
    void words_always_areShortLowerCaseAndSorted() {
        WORDS.forEach(
                word -> assertTrue(word.matches("[a-z]{" + WordList.SHORTEST + "," + WordList.LONGEST + "}"), word));
        assertEquals(WORDS.stream().sorted().distinct().toList(), WORDS);
        assertEquals(3328, WORDS.size());
    }

    @Test
    void words_always_beginNoOtherWord() {
        for (int at = 1; at < WORDS.size(); at++) {
            assertFalse(WORDS.get(at).startsWith(WORDS.get(at - 1)), WORDS.get(at));
        }
    }

    /** Two words are one slip apart if they share a form with a letter taken out, or differ by a swap. */
    @Test
    void words_oneSlip_makesNoOtherWord() {
        Set<String> words = new HashSet<>(WORDS);
        Map<String, String> shortened = new HashMap<>();
        for (String word : WORDS) {
            for (int at = 0; at < word.length(); at++) {
                String without = word.substring(0, at) + "_" + word.substring(at + 1);
                assertNull(shortened.put(without, word), without);
                assertFalse(words.contains(without.replace("_", "")), without);
            }
            for (int at = 1; at < word.length(); at++) {
                String swapped =
                        word.substring(0, at - 1) + word.charAt(at) + word.charAt(at - 1) + word.substring(at + 1);
                assertTrue(swapped.equals(word) || !words.contains(swapped), swapped);
            }
        }
    }

    @Test
    @Tag("slow")
    void passphrases_always_passTheRulesOfSecrets() {
        SecretGenerator generator = SecretGenerator.create(new SeededSecureRandom("passphrases"));
        for (int i = 0; i < 20_000; i++) {
            Secret passphrase = generator.next(SecretSpec.words(128));

            assertEquals(Map.of(), SecretRules.broken("PASSPHRASE", passphrase, 128), passphrase::reveal);
        }
    }
}
