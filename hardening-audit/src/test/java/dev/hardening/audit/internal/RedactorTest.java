package dev.hardening.audit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("audit:R19")
@Tag("ASVS-16.2.5")
class RedactorTest {
    private static final String JWT =
            "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ";

    private final Redactor redactor = new Redactor(Set.of("Matrikel-Nr"), List.of());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password",
                "newPassword",
                "old_password",
                "PASSWD",
                "client-secret",
                "accessToken",
                "refresh_token",
                "Authorization",
                "Set-Cookie",
                "api_key",
                "X-Api-Key",
                "private.key",
                "pin",
                "otp",
                "cvv",
                "matrikel_nr"
            })
    void name_ofASecret_isSensitive(String name) {
        assertTrue(redactor.sensitiveName(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "from", "role", "course", "shipping", "option", "path", "duration_us", "author"})
    void name_ofAnythingElse_isNot(String name) {
        assertFalse(redactor.sensitiveName(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                JWT,
                "before " + JWT + " after",
                "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..canaryiv.canaryct.canarytag",
                "eyJhbGciOiJub25lIiwiY2FuYXJ5Ijoi",
                "Bearer canary-0123456789",
                "authorization: bearer\tcanary.0123456789",
                "Basic dXNlcjpjYW5hcnk=",
                "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
                "-----BEGIN EC PRIVATE KEY-----\ncanary cut off",
                "AKIAIOSFODNN7CANARYX",
                "/reset?token=canary&next=/",
                "https://host/cb?code=canary",
                "password=canary",
                "{\"password\":\"canary\"}",
                "{'new_token' : 'canary'}",
                "v1.k1.family-1.17.canarycanarycanarycanary",
                "card 4111 1111 1111 1111",
                "5500-0000-0000-0004",
                "378282246310005",
                "4111111111111111 12/27",
                "4111 1111 1111 1111 123",
                "paid 2026-11-22 4111 1111 1111 1111",
                "4111 1111 1111 1111 5500-0000-0000-0004",
                "4111 1111 1111 1111 12a",
                "new_password=canary",
                "db.password=canary",
                "newPassword=canary",
                "password=\"canary with blanks\"",
                "X-Api-Key='canary'",
                "{\"newPassword\":\"canary\"}",
                "{\"password\":\"ab\\\"canary\"}",
                "{\"password\":\"it's canary\"}",
                "{'password':'ab\\'canary\\\\'}"
            })
    void text_withASecret_losesIt(String text) {
        String clean = redactor.redact(text);

        assertTrue(clean.contains("[redacted:"), clean);
        assertFalse(clean.toLowerCase(java.util.Locale.ROOT).contains("canary"), clean);
        assertFalse(clean.replaceAll("[ -]", "").matches(".*\\d{12,}.*"), clean);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET /api/courses/{id}",
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "order 4111111111111112",
                "id 41111111111111111234",
                "4111111111111111x",
                "x4111111111111111",
                "2026-11-22 10:15:30",
                "status_code=404",
                "{\"status_code\":\"404\"}",
                "1732269600000",
                "Basic geometry for beginners",
                "0190f5ab-2c3d-7e4f-8a9b-123456789abc",
                "the bearer of this",
                "k=v",
                "grade: 71"
            })
    void text_withoutASecret_isTheSameObject(String text) {
        assertEquals(text, redactor.redact(text));
    }

    @ParameterizedTest
    @CsvSource({
        "'x=1&password=canary&y=2', 'x=1&[redacted:value]&y=2'",
        "'x=1&newPassword=canary&y=2', 'x=1&new[redacted:value]&y=2'",
        "'paid 4111 1111 1111 1111, 12/27', 'paid [redacted:card], 12/27'",
        "'4111 1111 1111 1111 5500-0000-0000-0004 x', '[redacted:card] [redacted:card] x'",
        "'Basic dXNlcjpjYW5hcnk= rest', '[redacted:basic] rest'"
    })
    void text_aroundASecret_stays(String text, String clean) {
        assertEquals(clean, redactor.redact(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "1 ",
                "4-",
                "4111 ",
                "eyJ",
                "-----BEGIN ",
                "password",
                "password=",
                "\"password\":\"",
                "\"password\":\"\\",
                "\\\"",
                "a_",
                "bearer ",
                "v1.a.",
                "a:"
            })
    void text_builtToBacktrack_takesLinearTime(String part) {
        String hostile = part.repeat(61_440 / part.length());

        assertTimeoutPreemptively(Duration.ofSeconds(2), () -> {
            redactor.redact(hostile);
            redactor.redact("{\"password\":\"" + hostile);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain text"})
    void text_nothingFound_isNotCopied(String text) {
        assertSame(text, redactor.redact(text));
    }
}
