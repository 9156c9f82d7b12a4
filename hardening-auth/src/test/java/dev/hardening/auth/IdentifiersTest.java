package dev.hardening.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifiersTest {
    @Test
    void identifiers_ofTheirForm_printAsTheyAre() {
        assertEquals("main", new TenantId("main").toString());
        assertEquals("9f3c-A", new UserId("9f3c-A").toString());
        assertEquals("s_1", new SessionId("s_1").toString());
    }

    @Test
    void identifiers_aroundTheLongest_areBounded() {
        String longest = "a".repeat(64);

        assertTrue(TenantId.accepts(longest) && UserId.accepts(longest) && SessionId.accepts(longest));
        assertFalse(
                TenantId.accepts(longest + "a") || UserId.accepts(longest + "a") || SessionId.accepts(longest + "a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a/b", "../a", "a\n", "a\u0000", "\u0430", "a:b", "a.b", "a'b"})
    void identifiers_ofAnotherForm_areRefused(String value) {
        assertThrows(IllegalArgumentException.class, () -> new TenantId(value));
        assertThrows(IllegalArgumentException.class, () -> new UserId(value));
        assertThrows(IllegalArgumentException.class, () -> new SessionId(value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Main", "-main", "_main"})
    void tenant_thatAnotherSpellingWouldMatch_isRefused(String value) {
        assertFalse(TenantId.accepts(value));
    }
}
