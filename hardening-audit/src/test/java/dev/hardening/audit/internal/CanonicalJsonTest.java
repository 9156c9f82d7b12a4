package dev.hardening.audit.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The cases follow RFC 8785, sections 3.2.2 and 3.2.3, and the published test data of its author, without doubles. */
class CanonicalJsonTest {
    @Test
    void object_keysInAnyOrder_areSortedByCodeUnit() {
        Map<String, Object> weird = new LinkedHashMap<>();
        weird.put("\u20ac", "Euro Sign");
        weird.put("\r", "Carriage Return");
        weird.put("\ufb33", "Hebrew Letter Dalet With Dagesh");
        weird.put("1", "One");
        weird.put("\ud83d\ude00", "Emoji: Grinning Face");
        weird.put("\u0080", "Control");
        weird.put("\u00f6", "Latin Small Letter O With Diaeresis");

        assertEquals(
                "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                        + "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
                        + "\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
                text(weird));
    }

    @Test
    void bytes_ofTheWeirdCase_areTheExpectedOnes() {
        Map<String, Object> weird = new LinkedHashMap<>();
        weird.put("\u20ac", "Euro Sign");
        weird.put("\ud83d\ude02", "Smiley");
        weird.put("</script>", "Browser Challenge");
        weird.put("\u0080", "Control\u007f");

        assertArrayEquals(
                ("{\"</script>\":\"Browser Challenge\",\"\u0080\":\"Control\u007f\","
                                + "\"\u20ac\":\"Euro Sign\",\"\ud83d\ude02\":\"Smiley\"}")
                        .getBytes(StandardCharsets.UTF_8),
                CanonicalJson.encode(weird));
    }

    @Test
    void structures_nested_haveNoWhitespaceAndSortEverywhere() {
        Map<String, Object> inner = new LinkedHashMap<>();
        inner.put("3", true);
        inner.put("10", false);
        Map<String, Object> outer = new LinkedHashMap<>();
        outer.put("b", List.of(56, Map.of("d", true), List.of()));
        outer.put("a", inner);
        outer.put("", "empty");

        assertEquals("{\"\":\"empty\",\"a\":{\"10\":false,\"3\":true},\"b\":[56,{\"d\":true},[]]}", text(outer));
    }

    @Test
    void string_controls_takeTheShortestEscape() {
        assertEquals("\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0000\\u000f\\u001f \"", text("\b\t\n\f\r\"\\/\u0000\u000f\u001f "));
    }

    @Test
    void string_precomposedAndDecomposed_stayApart() {
        assertEquals("[\"\u00c5\",\"A\u030a\"]", text(List.of("\u00c5", "A\u030a")));
    }

    @Test
    void nothing_isWrittenAsNull() {
        assertEquals("null", text(null));
        assertEquals("[true]", text(List.of(true)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "\udead", "a\ud83d", "\ude02\ud83d"})
    void string_loneSurrogate_isRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.encode(text));
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "9007199254740990", "9007199254740991", "-9007199254740991"})
    void integer_withinTheSafeRange_isWrittenInFull(long number) {
        assertEquals(Long.toString(number), text(number));
    }

    @ParameterizedTest
    @ValueSource(longs = {9007199254740992L, -9007199254740992L, Long.MAX_VALUE, Long.MIN_VALUE})
    void integer_beyondTheSafeRange_isRefused(long number) {
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.encode(number));
    }

    @Test
    void fraction_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> CanonicalJson.encode(1.5));
    }

    @Test
    void anyWellFormedText_hasTheBytesOfTheJdkAndReadsBack() {
        Random random = SeededRandom.of("canonical json");
        for (int i = 0; i < 2000; i++) {
            String text = random.ints(0, 0x110000)
                    .filter(point -> point < 0xd800 || point > 0xdfff)
                    .limit(random.nextInt(40))
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            byte[] line = CanonicalJson.encode(new TreeMap<>(Map.of("text", text)));

            assertArrayEquals(new String(line, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), line);
            assertEquals(text, StrictLine.parse(line).orElseThrow().get("text"), () -> Arrays.toString(line));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"a\":1,\"a\":1}",
                "{\"b\":1,\"a\":1}",
                "{\"a\": 1}",
                "{\"a\":1.0}",
                "{\"a\":1e3}",
                "{\"a\":9007199254740992}",
                "{\"a\":null}",
                "{\"a\":1}x",
                "{\"a\":1} ",
                "{\"a\":\"\\u0041\"}",
                "{\"a\":[1}",
                "{\"a\":[[[[[[[[[1]]]]]]]]]}"
            })
    void line_thatWeWouldNotWrite_isNoRecord(String line) {
        assertTrue(StrictLine.parse(line.getBytes(StandardCharsets.UTF_8)).isEmpty());
    }

    private static String text(Object value) {
        return new String(CanonicalJson.encode(value), StandardCharsets.UTF_8);
    }
}
