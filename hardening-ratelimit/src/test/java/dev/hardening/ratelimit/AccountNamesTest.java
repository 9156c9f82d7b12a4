package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.hardening.testing.SeededRandom;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("ratelimit:A8")
class AccountNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "victim",
                "VICTIM",
                " victim",
                "victim\t",
                "v\u0131ctim",
                "\uff36\uff29\uff23\uff34\uff29\uff2d",
                "\u24e5\u24d8\u24d2\u24e3\u24d8\u24dc",
                "vic\u200btim",
                "vic\u200dtim",
                "\ufeffvictim",
                "victim\u0000",
                "vic\u00adtim",
                "\u202evictim",
                "\u2003victim\u00a0",
                "vic\ufe0ftim",
                "vic\u034ftim",
                "victim\u3164",
                "victim\udb40\udc41"
            })
    void canonical_looksAlike_isOneAccount(String name) {
        assertEquals("victim", AccountNames.canonical(name));
    }

    @Test
    void canonical_composedAndDecomposed_areOne() {
        assertEquals(AccountNames.canonical("jos\u00e9"), AccountNames.canonical("jose\u0301"));
        assertEquals(AccountNames.canonical("STRASSE"), AccountNames.canonical("stra\u00dfe"));
        assertEquals(
                AccountNames.canonical("\u039f\u0394\u039f\u03a3"), AccountNames.canonical("\u03bf\u03b4\u03bf\u03c2"));
    }

    @Test
    void canonical_otherAccounts_stayApart() {
        assertNotEquals(AccountNames.canonical("victim"), AccountNames.canonical("victim2"));
        assertNotEquals(AccountNames.canonical("jose"), AccountNames.canonical("jos\u00e9"));
    }

    @Test
    void canonical_randomText_isStable() {
        Random random = SeededRandom.of("AccountNamesTest");
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(12); length > 0; length--) {
                text.appendCodePoint(random.nextInt(0x2ffff));
            }
            String once = AccountNames.canonical(text.toString());
            assertEquals(
                    once,
                    AccountNames.canonical(once),
                    () -> text.codePoints()
                            .mapToObj(Integer::toHexString)
                            .toList()
                            .toString());
        }
    }

    @Test
    void canonical_seededDisguises_areAllTheVictim() {
        Random random = SeededRandom.of("AccountNamesTest.disguises");
        String invisible = "\u0000\u0007\u200b\u200d\u2060\ufeff\u00ad\u202e\ufe0f\u115f";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder name = new StringBuilder(" \u00a0\t".repeat(random.nextInt(3)));
            for (char letter : "jos\u00e9.victim@example.org".toCharArray()) {
                name.append(disguised(letter, random));
                name.append(random.nextInt(6) == 0 ? "" + invisible.charAt(random.nextInt(invisible.length())) : "");
            }
            name.append("\u2003 ".repeat(random.nextInt(3)));

            assertEquals("jos\u00e9.victim@example.org", AccountNames.canonical(name.toString()));
        }
    }

    private static String disguised(char letter, Random random) {
        String plain = String.valueOf(letter);
        return switch (random.nextInt(4)) {
            case 0 -> plain.toUpperCase(Locale.ROOT);
            case 1 -> letter > ' ' && letter < 127 ? String.valueOf((char) (letter - '!' + '\uff01')) : plain;
            case 2 -> Normalizer.normalize(plain, Normalizer.Form.NFD);
            default -> plain;
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\u00a0", "\u2003", "\u200b", "\u0000", "\t\r\n"})
    @Tag("ratelimit:A9")
    void canonical_paddedToAMegabyte_isStillTheAccount(String padding) {
        String padded = padding.repeat((1 << 20) / padding.length());

        assertEquals("victim", AccountNames.canonical("VICTIM" + padded));
        assertEquals("victim", AccountNames.canonical(padded + "victim"));
        assertEquals("", AccountNames.canonical(padded));
    }

    @Test
    @Tag("ratelimit:A9")
    void canonical_overLongName_isLeftAlone() {
        String name = "\ufdfa".repeat(1025);

        assertSame(name, AccountNames.canonical(name));
    }
}
