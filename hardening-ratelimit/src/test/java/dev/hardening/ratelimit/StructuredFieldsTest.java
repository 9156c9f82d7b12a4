package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader that other tests rely on refuses what RFC 9651 refuses. */
class StructuredFieldsTest {
    @Test
    void list_examplesOfTheDraft_areRead() {
        List<StructuredFields.Item> policies = StructuredFields.list("\"burst\";q=100;w=60,\"daily\";q=1000;w=86400");
        List<StructuredFields.Item> key = StructuredFields.list("\"peruser\";q=65535;qu=\"content-bytes\";pk=:cHJp:");

        assertEquals("burst", policies.get(0).value());
        assertEquals(60, policies.get(0).integer("w"));
        assertEquals(86400, policies.get(1).integer("w"));
        assertEquals("content-bytes", key.get(0).parameters().get("qu"));
        assertArrayEquals("pri".getBytes(StandardCharsets.US_ASCII), (byte[])
                key.get(0).parameters().get("pk"));
        assertEquals(List.of(), StructuredFields.list(""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"a\",",
                "\"a",
                "a;q=1",
                "\"a\";Q=1",
                "\"a\";q=",
                "\"a\";q=1234567890123456",
                "\"ä\"",
                "\"a\\b\"",
                "\"a\" \"b\"",
                "\"a\";q=1.5",
                "\"a\"\r\n"
            })
    void list_malformed_isRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> StructuredFields.list(text));
    }
}
