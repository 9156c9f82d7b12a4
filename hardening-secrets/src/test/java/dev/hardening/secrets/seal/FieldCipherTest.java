package dev.hardening.secrets.seal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.Secret;
import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.ring.KeyRing;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldCipherTest {
    private final KeyRing ring = SealRing.make();
    private final Sealer sealer = Sealer.of(ring);
    private final FieldCipher email = sealer.field("accounts", "email");

    private static Secret secret(String letter) {
        return Secret.of(letter.repeat(32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ab", "abc", "alice@example.org", "größe@example.org"})
    void open_sameRow_givesTheValueBack(String value) {
        String text = email.seal("42", value);

        assertTrue(text.matches("[A-Za-z0-9_-]{111,}"), text);
        assertEquals(Optional.of(value), email.open("42", text).value());
    }

    @Tag("secrets:A4")
    @Test
    void open_cellSwappedWithAnother_isRefused() {
        FieldCipher tenant = email.within("north");
        String text = tenant.seal("42", "alice@example.org");

        assertEquals(Optional.of("alice@example.org"), tenant.open("42", text).value());
        assertEquals(Optional.empty(), tenant.open("43", text).value());
        assertEquals(Optional.empty(), email.within("south").open("42", text).value());
        assertEquals(Optional.empty(), email.open("42", text).value());
        assertEquals(
                Optional.empty(),
                sealer.field("accounts", "phone")
                        .within("north")
                        .open("42", text)
                        .value());
        assertEquals(
                Optional.empty(),
                sealer.field("guests", "email").within("north").open("42", text).value());
    }

    @Test
    void open_anotherSpellingOfTheSameBytes_isRefused() {
        String text = email.seal("42", "a");
        assertEquals(112, text.length());

        String odd = email.seal("42", "");
        char last = odd.charAt(odd.length() - 1);
        String respelled = odd.substring(0, odd.length() - 1) + (char) (last + 1);

        assertEquals(Optional.empty(), email.open("42", text + "====").value());
        assertEquals(Optional.empty(), email.open("42", odd + "=").value());
        assertEquals(Optional.empty(), email.open("42", respelled).value());
        assertEquals(Optional.empty(), email.open("42", "not base64!").value());
        assertEquals(Optional.empty(), email.open("42", "").value());
    }

    @Test
    void rewrap_afterARotation_movesTheText() {
        String text = email.seal("42", "alice@example.org");
        assertFalse(email.needsRewrap(text));
        assertSame(text, email.rewrap("42", text).value().orElseThrow());

        String old = SealRing.rotate(ring);
        assertTrue(email.needsRewrap(text));
        String fresh = email.rewrap("42", text).value().orElseThrow();
        ring.unsafeDisableNow(old);

        assertFalse(email.needsRewrap(fresh));
        assertEquals(Optional.of("alice@example.org"), email.open("42", fresh).value());
        assertEquals("Refused[key " + old + "]", email.open("42", text).toString());
        assertTrue(email.rewrap("42", text).value().isEmpty());
        assertFalse(email.needsRewrap("something"));
    }

    @Test
    void open_byTheSealerItself_needsTheDocumentedContext() {
        byte[] message = Base64.getUrlDecoder().decode(email.within("north").seal("42", "a"));

        SealContext place = SealContext.of("accounts", "email", "north", "42");

        assertArrayEquals(new byte[] {'a'}, sealer.open(message, place).value().orElseThrow());
    }

    @Test
    void index_sameValue_isTheSameAndElsewhereAnother() {
        BlindIndex index = BlindIndex.of(secret("s"), "accounts", "email");
        String found = index.index("north", "alice@example.org");

        assertTrue(found.matches("[A-Za-z0-9_-]{22}"), found);
        assertEquals(found, BlindIndex.of(secret("s"), "accounts", "email").index("north", "alice@example.org"));
        assertNotEquals(found, index.index("south", "alice@example.org"));
        assertNotEquals(found, index.index("north", "bob@example.org"));
        assertNotEquals(found, BlindIndex.of(secret("s"), "accounts", "phone").index("north", "alice@example.org"));
        assertNotEquals(found, BlindIndex.of(secret("t"), "accounts", "email").index("north", "alice@example.org"));
        assertNotEquals(index.index("a", "bc"), index.index("ab", "c"));
    }

    @Test
    void indexes_secretExchanged_findBothAndWriteTheNew() {
        BlindIndex before = BlindIndex.of(secret("s"), "accounts", "email");
        BlindIndex now = BlindIndex.of(secret("t"), "accounts", "email").orPrevious(secret("s"));

        assertEquals(List.of(now.index("", "a"), before.index("", "a")), now.indexes("", "a"));
        assertNotEquals(now.index("", "a"), before.index("", "a"));
    }

    @Test
    void index_shortSecret_isRefused() {
        assertThrows(
                SecretsConfigurationException.class,
                () -> BlindIndex.of(Secret.of("s".repeat(31)), "accounts", "email"));
    }
}
