package dev.hardening.examples.lms.mail;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A mail as the bytes of RFC 5322: CRLF line ends, subject in encoded words (RFC 2047) where it is not ASCII, text as
 * it is (7bit or 8bit) so that a person and a {@code grep} can read the link in it, base64 only where a line is longer
 * than the 998 octets that RFC 5322 allows.
 */
final class MimeText {
    private static final int MAX_LINE = 998;
    /** 75 characters of an encoded word less {@code =?UTF-8?B?} and {@code ?=} leave 63; 45 octets make 60 of them. */
    private static final int WORD_OCTETS = 45;

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, d MMM yyyy HH:mm:ss '+0000'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private MimeText() {}

    static byte[] render(Mail mail, String from, String messageId, Instant now) {
        List<String> lines = mail.text().lines().toList();
        boolean longLine = lines.stream().anyMatch(line -> octets(line).length > MAX_LINE);
        String encoding = longLine ? "base64" : isAscii(mail.text()) ? "7bit" : "8bit";
        String body = String.join("\r\n", lines) + "\r\n";
        String content = longLine ? Base64.getMimeEncoder().encodeToString(octets(body)) + "\r\n" : body;
        return octets(String.join(
                "\r\n",
                "Date: " + DATE.format(now),
                "From: " + from,
                "To: " + mail.to(),
                "Subject: " + subject(mail.subject()),
                "Message-ID: <" + messageId + ">",
                "Auto-Submitted: auto-generated",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=UTF-8",
                "Content-Transfer-Encoding: " + encoding,
                "",
                content));
    }

    /** Also encodes an ASCII subject that is long or that a reader would take for an encoded word. */
    static String subject(String subject) {
        if (isAscii(subject) && subject.length() < 900 && !subject.contains("=?")) {
            return subject;
        }
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (String character :
                subject.codePoints().mapToObj(Character::toString).toList()) {
            if (octets(word + character).length > WORD_OCTETS) {
                words.add(encoded(word.toString()));
                word.setLength(0);
            }
            word.append(character);
        }
        words.add(encoded(word.toString()));
        return String.join("\r\n ", words);
    }

    private static String encoded(String word) {
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(octets(word)) + "?=";
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(character -> character < 0x80);
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
