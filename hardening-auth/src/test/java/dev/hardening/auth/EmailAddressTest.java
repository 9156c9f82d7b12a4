package dev.hardening.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailAddressTest {
    @ParameterizedTest
    @CsvSource({
        "Ada.Lovelace@Example.ORG, ada.lovelace@example.org, Ada.Lovelace@example.org",
        "o'hara+lms@sub.example.org, o'hara+lms@sub.example.org, o'hara+lms@sub.example.org",
        "A@bücher.example, a@xn--bcher-kva.example, A@xn--bcher-kva.example",
        "a@BÜCHER.example, a@xn--bcher-kva.example, a@xn--bcher-kva.example",
        "a@xn--bcher-kva.example, a@xn--bcher-kva.example, a@xn--bcher-kva.example"
    })
    void parse_acceptable_hasOneFormToCompareAndOneToSend(String typed, String canonical, String sent) {
        EmailAddress address = EmailAddress.of(typed);

        assertEquals(canonical, address.canonical());
        assertEquals(sent, address.forSending());
        assertEquals(typed, address.asTyped());
    }

    @ParameterizedTest
    @Tag("auth:V1")
    @ValueSource(
            strings = {
                "",
                "@",
                "a",
                "a@",
                "@example.org",
                "a@localhost",
                "a@127.0.0.1",
                "a@[127.0.0.1]",
                "a b@example.org",
                " a@example.org",
                "a@example.org ",
                "a@example.org\r\nBcc: b@example.org",
                "a\r\n@example.org",
                "a\u0000@example.org",
                "\"a\"@example.org",
                "a@b@example.org",
                ".a@example.org",
                "a.@example.org",
                "a..b@example.org",
                "a@example..org",
                "a@-example.org",
                "a@example-.org",
                "a@exa_mple.org",
                "a@example.org.",
                "a@example.123",
                "\u0430@example.org",
                "a\u0131@example.org",
                "a@fa\u00df.example",
                "a@exam\u200dple.org",
                "a@example\u3002org",
                "a@\uff45xample.org",
                "a@xn--fa-hia.example",
                "a@xn--.example",
                "Ada <a@example.org>",
                "a,b@example.org",
                "a%00@exa\u0000mple.org"
            })
    void parse_anythingElse_isRefused(String typed) {
        assertTrue(EmailAddress.parse(typed).isEmpty(), typed);
        assertThrows(IllegalArgumentException.class, () -> EmailAddress.of(typed));
    }

    @Test
    void parse_aroundTheLimits_takesWhatMailTakes() {
        String longDomain = ("d".repeat(60) + ".").repeat(3) + "org";

        assertTrue(EmailAddress.parse("l".repeat(64) + "@example.org").isPresent());
        assertTrue(EmailAddress.parse("l".repeat(65) + "@example.org").isEmpty());
        assertTrue(EmailAddress.parse("l".repeat(64) + "@d." + longDomain).isPresent());
        assertTrue(EmailAddress.parse("l".repeat(64) + "@dd." + longDomain).isPresent());
        assertTrue(EmailAddress.parse("l".repeat(64) + "@ddd." + longDomain).isEmpty());
        assertTrue(EmailAddress.parse("a@" + "d".repeat(63) + ".org").isPresent());
        assertTrue(EmailAddress.parse("a@" + "d".repeat(64) + ".org").isEmpty());
    }

    @Test
    void equals_caseVariants_areOneMailbox() {
        EmailAddress lower = EmailAddress.of("ada@example.org");
        EmailAddress upper = EmailAddress.of("ADA@EXAMPLE.ORG");

        assertEquals(lower, upper);
        assertEquals(lower.hashCode(), upper.hashCode());
        assertNotEquals(lower, EmailAddress.of("bob@example.org"));
        assertNotEquals(lower, null);
    }

    @Test
    void toString_always_hidesTheLocalPart() {
        assertEquals("****@example.org", EmailAddress.of("ada@example.org").toString());
    }
}
