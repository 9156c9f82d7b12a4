package dev.hardening.secrets.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hardening.secrets.scan.TextScanner.Hit;
import dev.hardening.testing.SeededRandom;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("secrets:A14")
class EscapesTest {
    private final Samples samples = new Samples(SeededRandom.of("EscapesTest"));

    /** A token whose head is its keyword, one that starts with digits, and one that starts before its keyword. */
    private List<String> tokens() {
        return List.of("github-token", "telegram-token", "terraform-token", "aws-access-key").stream()
                .map(rule -> samples.all().get(rule).get(0).secret())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\n",
                "\\r\\n",
                "\\t",
                "\\\\n",
                "\\0",
                "\\x3d",
                "\\x1B[32m",
                "\\u003d",
                "\\u003D",
                "%3D",
                "%3d",
                "%20",
                "%253D",
                "=3D",
                "=0A",
                "\u001b[32m",
                "\u001b[1;38;5;208m",
                "\u001b[m",
                "\u001b[m\u001b[K",
                "\\033[0m",
                "\\e[31m",
                "+",
                "-",
                "x\n-",
                "&#10;",
                "&quot;"
            })
    void endAt_escapeBeforeAToken_isNoneOfIt(String escape) {
        for (String token : tokens()) {
            for (String before : List.of("", "T=", "a text ")) {
                String text = escape.equals("-") ? escape + token : before + escape + token;
                List<Hit> hits = RuleBookTest.hits(text + "\\n");

                assertEquals(1, hits.size(), text);
                assertEquals(token, hits.get(0).candidate().secret(), text);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"n", "\\w", "u003d", "3D", "%3", "x3d", "\\u03d", "32m", "[32;x", "=3d", "a-", "--", "[32n"})
    void endAt_lettersOfALongerToken_areNoEscape(String before) {
        for (String token : tokens()) {
            // Digits may end an escape that is cut here.
            if (!Character.isDigit(token.charAt(0)) || !before.matches("%3|.u03d")) {
                assertEquals(List.of(), RuleBookTest.hits("T: x" + before + token), before);
            }
        }
    }

    @Test
    void scan_nameBehindALineEndThatIsWrittenOut_isTheNameAlone() {
        String value = samples.mixed(40);

        assertEquals(
                1,
                RuleBookTest.hits("\"//r.example/\\n_au" + "th=" + value + "\"").size());
        assertEquals(List.of(), RuleBookTest.hits("\"x\\nmock_tok" + "en: " + value + "\""));
    }
}
