package dev.hardening.secrets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:V2")
@Tag("secrets:A1")
class PlaceholderGrammarTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "change-me-in-production",
                "ChangeMe123!",
                "ch4ngeme",
                "Ch4ng3m3-Ch4ng3m3-Ch4ng3m3-Ch4ng3m3-Ch4ng3m3",
                "my-P4ssw0rd-that-is-long-enough-for-hmac-256",
                "your-256-bit-secret",
                "YOUR_API_KEY_HERE",
                "please-put-your-own-signing-token-here-or-it-fails",
                "${JWT_SECRET}",
                "prefix-${JWT_SECRET:-none}",
                "$JWT_SECRET",
                "$(openssl rand -hex 32)",
                "{{ .Values.jwt.secret }}",
                "<insert 64 characters>",
                "%kernel.secret%",
                "[to be set]",
                "TODO",
                "tbd",
                "xxx",
                "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
                "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
                "***",
                "...",
                "bitte-ändern",
                "BitteAendern-bevor-das-in-Produktion-geht-1234567",
                "Passwort1",
                "cámbiame-antes-de-producción-cambiame-1234567890",
                "contraseña-muy-larga-para-el-servidor-1234567890",
                "changez-moi",
                "mot de passe",
                "qwertyuiop",
                "qwertzuiop",
                "azertyuiop",
                "1qaz2wsx3edc",
                "1q2w3e4r5t6y",
                "deadbeef",
                "c0ffeec0ffee",
                "Y2hhbmdlbWU=",
                "Y2hhbmdlLW1lLWluLXByb2R1Y3Rpb24",
                "6368616e67656d65",
                "ThisIsJustAnExampleKeyThatIsLongEnoughForHmac"
            })
    void matches_placeholder_isFound(String value) {
        assertTrue(PlaceholderGrammar.matches(latin(value)), value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "k3J9vQ2mX7pL4tR8wB6nZ1cD5hF0gS2aY9eU3iO7x5Q",
                "tropical-otter-lantern-visits-seven-quiet-harbours",
                "f3a9c07be5d1f3a9c07be5d1",
                "Zq8-tw3KseCrEt_pL0aB7vXnM2rT5yUiOq1wEdCfVbN",
                "9f86d081884c7d65deadbeefa2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b"
            })
    void matches_value_isNotFound(String value) {
        assertFalse(PlaceholderGrammar.matches(value), value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"changeme", "replace-this-with-a-long-random-string", "keyboard cat"})
    void matches_placeholderInHexOrBase64_isFound(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);

        assertTrue(PlaceholderGrammar.matches(HexFormat.of().formatHex(bytes)));
        assertTrue(PlaceholderGrammar.matches(HexFormat.of().withUpperCase().formatHex(bytes)));
        assertTrue(PlaceholderGrammar.matches(Base64.getEncoder().encodeToString(bytes)));
        assertTrue(PlaceholderGrammar.matches(
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)));
    }

    @Test
    void holds_word_countsFromSixLettersOn() {
        assertTrue(PlaceholderGrammar.holds("the-lmsapp-secret", "lmsapp"));
        assertTrue(PlaceholderGrammar.holds("K8LMSexampleXq0Z", "lms.example"));
        assertFalse(PlaceholderGrammar.holds("the-lms-app", "lms"));
        assertFalse(PlaceholderGrammar.holds("anything", ""));
        assertFalse(PlaceholderGrammar.holds("q8LmSaPp0Z3kT9vX1bNw", "lmsapp"));
    }

    @Test
    void matches_wordBehindTheExaminedPart_isNotLookedAt() {
        String filler = SecretGenerator.create(new SeededSecureRandom("filler"))
                .next(SecretSpec.hex256())
                .reveal()
                .repeat(65)
                .substring(0, PlaceholderGrammar.EXAMINED - 8);

        assertTrue(PlaceholderGrammar.matches(filler + "changeme"));
        assertFalse(PlaceholderGrammar.matches(filler + "xchangeme"));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void matches_tenMillionGeneratedSecrets_noneIsFound(Alphabet alphabet) {
        SecretGenerator generator = SecretGenerator.create(new SeededSecureRandom("ten million " + alphabet));
        SecretSpec spec = SecretSpec.of(256, alphabet);
        for (int i = 0; i < 10_000_000; i++) {
            int round = i;
            Secret secret = generator.next(spec);
            var broken = SecretRules.broken("JWT_SECRET", secret, 256);
            assertEquals("{}", broken.toString(), () -> "secret " + round + " of " + alphabet);
        }
    }

    /** As the rules see a value: one character a byte of UTF-8. */
    private static String latin(String value) {
        return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
