package dev.hardening.secrets.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.SecretsConfigurationException;
import dev.hardening.secrets.ring.KeyKind;
import dev.hardening.secrets.ring.KeyRing;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipientKeyTest {
    private static final String CANARY = "canary-in-the-jwk";

    private final KeyRing ring = Rings.of(KeyKind.EC_P256);
    private final String jwk = EncryptionJwks.of(ring).active();

    @Test
    void publishedKey_always_isReadBack() {
        RecipientKey key = RecipientKey.parse(jwk);

        assertEquals(ring.active().id(), key.id());
        assertEquals(ring.active().publicKey(), key.publicKey());
        assertEquals("RecipientKey[" + key.id() + "]", key.toString());
    }

    @Test
    void set_afterPromotion_showsTheActiveKeyFirst() {
        String retired = ring.active().id();
        String promoted = ring.add().id();

        ring.unsafePromoteNow(promoted);

        assertTrue(before(EncryptionJwks.of(ring).json(), promoted, retired));
        assertFalse(EncryptionJwks.of(ring).json().contains("\"d\""));
        assertThrows(IllegalArgumentException.class, () -> EncryptionJwks.of(Rings.of(KeyKind.AES_256)));
    }

    /** A sender may take any key of the set, so no key may stand there whose bodies are refused. */
    @Test
    void set_pendingAndDisabledKeys_areNotShown() {
        String disabled = ring.add().id();
        ring.disable(disabled);
        String retiring = ring.active().id();
        Rings.rotate(ring);
        String pending = ring.add().id();

        String json = EncryptionJwks.of(ring).json();

        assertTrue(before(json, ring.active().id(), retiring));
        assertFalse(json.contains(disabled));
        assertTrue(ring.find(pending).isEmpty());
        assertFalse(json.contains(pending));
    }

    @ParameterizedTest
    @Tag("secrets:A8")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"EC\"       | \"OKP\"                       | curve",
                "\"P-256\"    | \"P-384\"                     | curve",
                "\"enc\"      | \"sig\"                       | encryption",
                "ECDH-ES+A256KW | ECDH-ES                     | another algorithm",
                "\"kid\"      | \"kod\"                       | member other than",
                "\"use\":     | \"d\":\"canary-in-the-jwk\",\"use\": | private key",
                "\"x\":\"     | \"x\":\"canary-in-the-jwk     | coordinates",
                "{            | {\"canary-in-the-jwk\":1,     | not one JSON object",
                "{            | {\"canary-in-the-jwk\":\"\", | member other than",
                "}            | }{                            | not one JSON object",
            })
    void key_thatIsNotWhatIsWanted_isRefusedAndNotRepeated(String part, String instead, String fault) {
        String changed = jwk.replace(part, instead);

        SecretsConfigurationException refused =
                assertThrows(SecretsConfigurationException.class, () -> RecipientKey.parse(changed));

        assertTrue(String.valueOf(refused.getMessage()).contains(fault), refused.getMessage());
        assertFalse(String.valueOf(refused.getMessage()).contains(CANARY));
    }

    @Test
    void point_besideTheCurve_isRefused() {
        String y = jwk.substring(jwk.indexOf("\"y\":\"") + 5, jwk.indexOf("\"y\":\"") + 48);
        byte[] moved = Base64.getUrlDecoder().decode(y);
        moved[5] ^= 1;
        String other = jwk.replace(y, Base64.getUrlEncoder().withoutPadding().encodeToString(moved));

        assertThrows(SecretsConfigurationException.class, () -> RecipientKey.parse(other));
    }

    @Test
    void text_thatIsLong_isRefusedUnread() {
        assertThrows(SecretsConfigurationException.class, () -> RecipientKey.parse(" ".repeat(2049)));
    }

    private static boolean before(String json, String first, String second) {
        return json.indexOf(first) >= 0 && json.indexOf(first) < json.indexOf(second);
    }
}
