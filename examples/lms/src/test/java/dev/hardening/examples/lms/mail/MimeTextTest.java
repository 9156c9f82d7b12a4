package dev.hardening.examples.lms.mail;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MimeTextTest {
    private static final Instant NOW = Instant.parse("2026-11-02T09:05:03.004Z");

    @Test
    void mail_inAscii_isReadableAsItIs() {
        String rendered = render(new Mail("a@example.org", "Hello", "one\ntwo\r\nthree"));

        assertEquals("""
                Date: Mon, 2 Nov 2026 09:05:03 +0000
                From: lms@example.org
                To: a@example.org
                Subject: Hello
                Message-ID: <id@example.org>
                Auto-Submitted: auto-generated
                MIME-Version: 1.0
                Content-Type: text/plain; charset=UTF-8
                Content-Transfer-Encoding: 7bit

                one
                two
                three
                """.replace("\n", "\r\n"), rendered);
    }

    @Test
    void text_withLoneCarriageReturns_hasOnlyFullLineEnds() {
        String rendered = render(new Mail("a@example.org", "Hello", "a\rb\n\nc"));

        assertEquals(-1, rendered.replace("\r\n", "").indexOf('\r'));
        assertEquals(-1, rendered.replace("\r\n", "").indexOf('\n'));
    }

    @Test
    void text_beyondAscii_isEightBit() {
        assertTrue(render(new Mail("a@example.org", "Hello", "Grüße")).contains("Content-Transfer-Encoding: 8bit"));
    }

    @Test
    void line_ofMoreThan998Octets_isBase64() {
        String text = "x".repeat(999);

        String rendered = render(new Mail("a@example.org", "Hello", text));

        String body = rendered.substring(rendered.indexOf("\r\n\r\n") + 4);
        assertArrayEquals(
                (text + "\r\n").getBytes(StandardCharsets.UTF_8),
                Base64.getMimeDecoder().decode(body));
        assertTrue(rendered.lines().allMatch(line -> line.length() <= 78));
    }

    @Test
    void subject_beyondAscii_isEncodedWordsOfWholeCharacters() {
        String subject = "Prüfung 📚 ".repeat(20);

        String encoded = MimeText.subject(subject);

        assertTrue(encoded.lines().allMatch(line -> line.length() <= 76), encoded);
        assertEquals(
                subject,
                Arrays.stream(encoded.split("\r\n ", -1))
                        .map(MimeTextTest::decode)
                        .collect(Collectors.joining()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@example.org\r\nBcc: b@example.org",
                "a@example.org, b@example.org",
                "<a@example.org>",
                "a b@example.org",
                "a@b@example.org",
                "nobody",
                ""
            })
    void address_thatIsNotOne_isRefused(String address) {
        assertThrows(IllegalArgumentException.class, () -> new Mail(address, "Hello", ""));
    }

    @Test
    void subject_withALineEnd_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Mail("a@example.org", "a\r\nBcc: b@example.org", ""));
    }

    private static String decode(String word) {
        String inner = word.substring("=?UTF-8?B?".length(), word.length() - 2);
        return new String(Base64.getDecoder().decode(inner), StandardCharsets.UTF_8);
    }

    private static String render(Mail mail) {
        return new String(MimeText.render(mail, "lms@example.org", "id@example.org", NOW), StandardCharsets.UTF_8);
    }
}
