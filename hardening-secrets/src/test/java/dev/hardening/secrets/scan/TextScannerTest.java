package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.secrets.scan.Samples.Sample;
import dev.hardening.secrets.scan.TextScanner.Hit;
import dev.hardening.testing.SeededRandom;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A14")
@Tag("slow")
class TextScannerTest {
    private static final String TOKEN = "gh" + "p_" + "aZ7kQ3mX9pL4tR8wB6nC1cD5hF0gS2vY8eU3";
    private static final int WORK_A_BYTE = 64;

    private static TextScanner.Result scan(String text) throws IOException {
        return scan(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static TextScanner.Result scan(InputStream in) throws IOException {
        return new TextScanner(TextScanner.newWindow(), 1000).scan(in);
    }

    private static String places(TextScanner.Result result) {
        List<String> places = new ArrayList<>();
        for (Hit hit : result.hits()) {
            places.add(hit.place().line() + ":" + hit.place().column());
        }
        return String.join(" ", places);
    }

    @Test
    void scan_secrets_areFoundByLineAndColumn() throws IOException {
        assertEquals("", places(scan("")));
        assertEquals("1:1", places(scan(TOKEN)));
        assertEquals("1:5 3:3", places(scan("äöü " + TOKEN + "\n\n  " + TOKEN + "\n")));
        assertEquals("2:3 2:50", places(scan("\r\n  " + TOKEN + " \"    \"" + TOKEN)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void scan_secretAcrossTheEndOfTheWindow_isFoundWhole(int windows) throws IOException {
        int edge = windows * (1 << 17);
        for (int at = edge - 50; at <= edge + 50; at += 7) {
            TextScanner.Result result = scan("x\n".repeat(at / 2 - 1) + "\"" + TOKEN + "\"\n" + "y\n".repeat(99));

            assertEquals((at / 2) + ":2", places(result));
            assertEquals(TOKEN, result.hits().get(0).candidate().secret());
        }
    }

    @Test
    void scan_everySampleAtEveryPlaceOfAWindow_isFoundOnce() throws IOException {
        Random random = SeededRandom.of("TextScannerTest.places");
        int window = 1 << 17;
        for (List<Sample> samples : new Samples(random).all().values()) {
            for (Sample sample : samples) {
                int from = sample.text().indexOf(sample.secret());
                int to = from + sample.secret().length();
                // The edges of what is searched, kept and read, before, in and behind the secret and its name.
                for (int edge : List.of(window, window - 8192, window - 8192 - 128)) {
                    for (int inside : List.of(0, 1, from / 2, from, from + 1, (from + to) / 2, to, to + 1)) {
                        assertFoundOnce(sample, edge - 1 - inside);
                    }
                }
                assertFoundOnce(sample, window - 8192 - 200 + random.nextInt(8592));
            }
        }
    }

    private static void assertFoundOnce(Sample sample, int before) throws IOException {
        String filling = "z ".repeat((before + 1) / 2).substring(0, before);

        TextScanner.Result result = scan(filling + "\n" + sample.text() + "\n" + "z ".repeat(9_000));

        assertEquals(1, result.hits().size(), () -> before + " before " + sample.text());
        assertTrue(result.hits().get(0).candidate().secret().contains(sample.secret()));
    }

    @Test
    void scan_hugeLine_isScannedToItsEnd() throws IOException {
        long size = 300L << 20;
        InputStream line = new SequenceInputStream(
                new Repeating("const a={b:1,c:'d'};", size),
                new ByteArrayInputStream(("\"" + TOKEN).getBytes(StandardCharsets.US_ASCII)));

        TextScanner.Result result = scan(line);

        assertEquals("1:" + (size + 2), places(result));
        assertTrue(result.bytes() > size);
    }

    @Test
    void scan_comment_allowsTheSecretsOfItsLine() throws IOException {
        TextScanner.Result result = scan(TOKEN + "\n" + TOKEN + " # hardening:" + "allow-secret\n" + TOKEN + "\n");

        assertEquals("1:1 3:1", places(result));
        assertEquals(1, result.allowed());
    }

    @Test
    void scan_commentOnFirstOrLastLine_allowsAKeyOfManyLines() throws IOException {
        String comment = " hardening:" + "allow-secret\n";
        String body = (TOKEN.substring(4) + "\n").repeat(3);
        String begin = "-----BEGIN PRIVATE " + "KEY-----\n";

        assertEquals(1, scan("#" + comment + begin + body).hits().size());
        assertEquals(0, scan(begin + body.strip() + comment).hits().size());
        assertEquals(1, scan(begin + body.strip() + comment).allowed());
        assertEquals(1, scan(begin + body + "-----END" + comment).hits().size());
    }

    /** Three million lines with the comment; a note of each would take hundreds of megabytes. */
    @Test
    void scan_commentOnEveryLine_takesNoMemory() throws IOException {
        InputStream comments = new SequenceInputStream(
                new Repeating("hardening:" + "allow-secret\n", 64L << 20),
                new ByteArrayInputStream(("\n" + TOKEN).getBytes(StandardCharsets.US_ASCII)));
        TextScanner scanner = new TextScanner(TextScanner.newWindow(), 1000);

        assertEquals(1, scanner.scan(comments).hits().size());
        assertEquals(0, scanner.notes());
    }

    @Test
    void scan_commentFarDownAHugeLine_allowsIt() throws IOException {
        TextScanner.Result result = scan(TOKEN + " ".repeat(500_000) + "hardening:" + "allow-secret");

        assertEquals(0, result.hits().size());
        assertEquals(1, result.allowed());
    }

    @Test
    void scan_moreSecretsThanAReportLists_saysSo() throws IOException {
        assertEquals(1000, scan((TOKEN + "\n").repeat(1000)).hits().size());
        assertEquals(false, scan((TOKEN + "\n").repeat(1000)).full());
        assertEquals(1000, scan((TOKEN + "\n").repeat(1001)).hits().size());
        assertEquals(true, scan((TOKEN + "\n").repeat(1001)).full());
    }

    static List<Rule> rules() {
        return RuleBook.rules();
    }

    /** Texts made for the rule: its keyword, what its shape eats, and parts of its samples, over and over. */
    @ParameterizedTest
    @MethodSource("rules")
    void scan_hostileText_takesLinearWork(Rule rule) throws IOException {
        Random random = new Random(rule.id().hashCode());
        List<String> units = new ArrayList<>();
        for (String keyword : rule.keywords()) {
            for (String tail :
                    List.of("", "=", ": ", "='", "a", "A7", " a", "=a", "=\"a1B", ":a:", "/", "\n", "a@", "a:")) {
                units.add(keyword + tail);
                units.add(" " + keyword + tail);
                units.add(keyword + tail.repeat(30));
            }
        }
        for (Sample sample : new Samples(random).all().getOrDefault(rule.id(), List.of())) {
            int cut = random.nextInt(sample.text().length());
            units.add(sample.text());
            units.add(sample.text().substring(0, cut) + "a");
            units.add(sample.text().substring(cut));
        }
        for (String unit : units) {
            String text = unit.repeat(10_000 / unit.length() + 1);

            TextScanner.Result result = scan(text);

            assertTrue(
                    result.examined() <= (long) WORK_A_BYTE * text.length(),
                    () -> result.examined() / text.length() + " a byte for " + unit);
        }
    }

    @Test
    void scan_randomBytes_neverFails() throws IOException {
        Random random = SeededRandom.of("TextScannerTest.random");
        for (int round = 0; round < 200; round++) {
            byte[] bytes = new byte[random.nextInt(5_000)];
            random.nextBytes(bytes);

            assertEquals(bytes.length, scan(new ByteArrayInputStream(bytes)).bytes());
        }
    }

    /** A text over and over, never held whole. */
    static final class Repeating extends InputStream {
        private final byte[] unit;
        private final long size;
        private long at;

        Repeating(String unit, long size) {
            this.unit = unit.getBytes(StandardCharsets.US_ASCII);
            this.size = size;
        }

        @Override
        public int read() {
            return at == size ? -1 : unit[(int) (at++ % unit.length)];
        }

        @Override
        public int read(byte[] buffer, int from, int length) {
            if (at == size) {
                return -1;
            }
            int count = (int) Math.min(length, size - at);
            for (int i = 0; i < count; i++) {
                buffer[from + i] = unit[(int) (at++ % unit.length)];
            }
            return count;
        }
    }
}
