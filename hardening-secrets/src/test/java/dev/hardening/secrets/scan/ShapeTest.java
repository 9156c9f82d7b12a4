package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A14")
class ShapeTest {
    private static Shape.Match match(String shape, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return Shape.of(shape).match(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "k_[a-z]{3}, k_abc, true",
        "k_[a-z]{3}, k_ab, false",
        "k_[a-z]{3}, k_abcd, false",
        "k_[a-z]{3}, k_abc4, true",
        "'k_[a-z]{2,4}', k_abcd, true",
        "'k_[a-z]{2,4}', k_abcde, false",
        "a\\.b, a.b, true",
        "a\\.b, axb, false",
        "[^a]{2}, bc, true",
        "[^a]{2}, b\u00e9, true",
        "[^a]{2}, ba, false",
        "[a-c_-]{3}, a_-, true"
    })
    void match_text_isAllOrNothing(String shape, String text, boolean found) {
        assertEquals(found, match(shape, text).found());
    }

    @Test
    void match_parentheses_givePlaceOfTheSecret() {
        Shape.Match match = match("k=[ ]{0,2}([a-z]{1,9});", "k= abc;");

        assertTrue(match.found());
        assertEquals("3 6", match.from() + " " + match.to());
    }

    @Test
    void match_greedyClass_givesNothingBack() {
        assertFalse(match("[a-z]{1,9}z", "abcz").found());
    }

    /** The value behind {@code =} and a quote, of two to nine signs. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "=ab c|ab",
                "=\"ab, c;\"|ab, c;",
                "='ab c<>'|ab c<>",
                "=`ab,c`|ab,c",
                "=\"ab c|ab",
                "=\"ab, 'c\"|ab",
                "=\"ab, c'|ab",
                "=\"a\\\"b c\"|a\\\"b c",
                "=\"a\\\\,c\"|a\\\\,c",
                "=\"ab\\n,c\"|ab",
                "=\\\"ab,c\\\"|ab",
                "=\"\"ab,c\"\"|ab",
                "=\"123456,89\"|123456,89",
                "=\"123456,890\"|123456"
            })
    void match_classBetweenQuotes_endsAtTheSecond(String text, String value) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);

        Shape.Match match =
                Shape.goingOn("=[\"'`\\\\]{0,2}([^\"'`,;<>\\\\]{2,9\"})").match(bytes, 0, bytes.length);

        assertTrue(match.found());
        assertEquals(value, text.substring(match.from(), match.to()));
        assertTrue(match.work() >= match.read() && match.work() <= 2 * text.length(), match.toString());
    }

    @Test
    void match_lineEndBetweenQuotes_endsTheClass() {
        assertEquals(4, match("=\"([^,]{2,9\"})", "=\"ab, c\nd\"").to());
    }

    @ParameterizedTest
    @CsvSource({"-ab--cd----e-----f, 12", "ab-----, 2", "ab----, 6", "a-----b, -1"})
    void match_classBeforeDashes_endsThere(String text, int end) {
        Shape.Match match = match("([a-z-]{2,20-})", text);

        assertEquals(end, match.found() ? match.to() : -1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a*",
                "a+",
                "a?",
                "a|b",
                "(a|b)*",
                "a{2,}",
                ".",
                "^a",
                "a$",
                "a{0}",
                "a{3,2}",
                "[a-z]{1,99999}",
                "\u00e9",
                ")",
                "",
                "a{1,2}{1,2}",
                "(a{1,2}){1,2}"
            })
    void of_whatCouldGoBack_isRefused(String shape) {
        assertThrows(RuntimeException.class, () -> Shape.of(shape));
    }
}
