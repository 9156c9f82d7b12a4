package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.testing.SeededRandom;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A14")
class ProseTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Must be at least 8 characters!",
                "min. 8 Zeichen, 1 Zahl",
                "max 64",
                "8 chars+",
                "Wrong!, try again",
                "lower,upper,digit1",
                "RS256,ES256,PS256",
                "12,34,56,78",
                "userName,firstName",
                "user;name",
                "contrase\u00f1a, 8 o m\u00e1s",
                "the token, 40 signs, as in aZ7kQ3mX9",
                " ",
                ", ,"
            })
    void is_sentenceOrList_isTold(String text) {
        assertTrue(Prose.is(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Passwort",
                "aZ7kQ3mX9",
                "Tr7;xWab",
                "ab,cD3x",
                "a1 Zk9$q",
                "hunter,7wo!x",
                "aZ7kQ3mX9, expires 3600",
                "a b c1d"
            })
    void is_wordWithoutDividersOrRandomPart_isNot(String text) {
        assertFalse(Prose.is(text));
    }

    /** One of letters alone is a word, and a list with a comma; of others hardly any is told. */
    @Test
    void is_randomPasswords_areSeldomTold() {
        Samples samples = new Samples(SeededRandom.of("ProseTest"));
        String signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&*+-.:=?@^_~";
        int told = 0;
        for (int round = 0; round < 5_000; round++) {
            String password = samples.random(signs, 8) + ",; ".charAt(round % 3) + samples.random(signs, 8);
            told += Prose.is(password) ? 1 : 0;
        }

        assertTrue(told <= 150, told + " of 5000");
        assertEquals("ab", Prose.firstPart("ab;cd"));
    }
}
