package dev.hardening.secrets.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u001b",
                "\u009b",
                "\u0085",
                "\n",
                "\r",
                "\t",
                "\u007f",
                "\u0000",
                "\u200b",
                "\u202e",
                "\u2028",
                "\u2029",
                "\ufeff",
                "\ufffd",
                "\ud800",
                "\udc00",
                "\udb40\udc41"
            })
    @Tag("secrets:A2")
    void of_whatATerminalObeys_isAQuestionMark(String symbol) {
        assertEquals("a?b", Printable.of("a" + symbol + "b"));
    }

    @Test
    void of_textOfPeople_isAsItIs() {
        String text = "/srv/l ms/Übung \ud83d\ude00 日本語 \u05d0 'x' \\ ~";

        assertEquals(text, Printable.of(text));
    }
}
