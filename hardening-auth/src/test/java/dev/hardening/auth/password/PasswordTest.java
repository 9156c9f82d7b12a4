package dev.hardening.auth.password;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PasswordTest {
    @Test
    @Tag("auth:P4")
    void of_composedAndDecomposed_areTheSamePassword() {
        assertEquals(
                text(Password.of("Pa\u00DFwort \u00E9t\u00E9")), text(Password.of("Pa\u00DFwort e\u0301te\u0301")));
    }

    @Test
    @Tag("auth:P2")
    @Tag("ASVS-6.2.8")
    void of_surroundingSpaceAndCase_areKept() {
        assertEquals("  Secret Horse ", text(Password.of("  Secret Horse ")));
    }

    @Test
    @Tag("auth:P2")
    void of_exactlyTheMostBytes_isUsableAndOneMoreIsNot() {
        assertTrue(Password.of("a".repeat(1024)).usable());
        assertFalse(Password.of("a".repeat(1025)).usable());
        assertFalse(Password.of("\u00E4".repeat(513)).usable());
    }

    @Test
    void of_textThatGrowsUnderNormalisation_isBoundedAfterIt() {
        Password grown = Password.of("\uFDFA".repeat(1000));

        assertFalse(grown.usable());
        assertEquals("", text(grown));
    }

    @Test
    void of_halfASurrogatePair_isNotUsable() {
        assertFalse(Password.of("abc\uD800def").usable());
    }

    @Test
    void codePoints_beyondTheBasicPlane_countOnce() {
        assertEquals(2, Password.of("\uD83D\uDE00\uD83D\uDE00").codePoints());
        assertEquals(0, Password.of("").codePoints());
    }

    @Test
    void use_afterwards_theLentCopyIsWiped() {
        AtomicReference<byte[]> kept = new AtomicReference<>();

        Password.of("canary").use(bytes -> {
            kept.set(bytes);
            return bytes.length;
        });

        assertArrayEquals(new byte[6], kept.get());
    }

    @Test
    void close_always_theBytesAreGoneAndACopyLives() {
        Password password = Password.of("canary");
        Password copy = password.copy();

        password.close();

        assertFalse(password.usable());
        assertEquals("", text(password));
        assertEquals("canary", text(copy));
    }

    @Test
    void copy_ofARefusedOne_isRefusedToo() {
        assertFalse(Password.of("a".repeat(2000)).copy().usable());
    }

    @Test
    void toString_always_holdsNothingOfThePassword() {
        assertEquals("Password[****]", Password.of("canary").toString());
        assertEquals("Hash[****]", new Password.Hash("canary").toString());
    }

    private static String text(Password password) {
        return password.use(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
}
