package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.hardening.testing.SeededRandom;
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
                "\u2003victim\u00a0"
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
    @Tag("ratelimit:A9")
    void canonical_overLongName_isLeftAlone() {
        String name = "\ufdfa".repeat(1025);

        assertSame(name, AccountNames.canonical(name));
    }
}
