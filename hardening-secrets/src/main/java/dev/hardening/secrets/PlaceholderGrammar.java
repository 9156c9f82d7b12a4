package dev.hardening.secrets;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells a text that stands where a secret should be put from a secret.
 *
 * <p>Knows templates ({@code ${NAME}}, {@code <...>}), words that ask to be replaced in six languages, also spelled
 * with digits, keyboard walks, and the base64 and hex of all these. A random value of 128 bits or more in any
 * {@link Alphabet} is not taken for one: a word of six or seven letters counts only in a text that is shaped like
 * words, and what is found elsewhere has eight letters or more. Judges a value by its first 4096 characters, in time
 * linear in them.
 */
public final class PlaceholderGrammar {
    static final int EXAMINED = 4096;
    private static final int LONG_WORD = 8;
    private static final int SHORT_WORD = 6;
    private static final Set<String> WHOLE = Set.of(
            "todo", "tbd", "fixme", "none", "null", "nil", "empty", "unset", "test", "dummy", "fake", "foo", "bar",
            "foobar", "token", "key", "pass", "passwd", "pwd", "changed", "geheim", "secreto", "clave", "senha");
    private static final Words WORDS = new Words(
            // English
            "changeme changethis changeit changebefore replaceme replacethis replacewith placeholder password "
                    + "passphrase secretkey insecure notsecure notasecret donotuse keyboardcat localhost undefined "
                    + "development generated goeshere putyour enteryour insertyour yoursecret yourtoken yourpassword "
                    + "verysecret supersecret topsecret anexample examplekey examplesecret admin123 default1 xxxxxxxx "
                    + "secret replace example default sample insert testing redacted letmein generate "
                    // German, Spanish, French, Italian, Portuguese; what is not ASCII is left out of the text too
                    + "bitteaendern bittendern aendernsie passwort kennwort ersetzen beispiel platzhalter geheimnis "
                    + "cambiame cambiaresto cambiaesto contrasena contrasea reemplazar clavesecreta ejemplo "
                    + "changezmoi changermoi motdepasse remplacer remplacez exemple "
                    + "cambiami sostituire segreto mudeisto substituir "
                    // keyboard walks
                    + "qwertyuiop qwertyui qwertzui azertyui asdfghjk zxcvbnm1 yxcvbnm1 poiuytre lkjhgfds "
                    + "1qaz2wsx qazwsxedc zaq12wsx 1q2w3e4r q1w2e3r4");
    private static final Words LEET = new Words("changeme changethis changeit replaceme password passwort insecure "
            + "secretkey verysecret supersecret topsecret placeholder");
    private static final Pattern FILL_IN = Pattern.compile("your[a-z0-9]{0,24}(key|token|value|here)");
    private static final Pattern TEMPLATE = Pattern.compile(
            "<[^<>]+>|\\[[A-Za-z][A-Za-z0-9 ._-]*]|%[A-Za-z_.]+%|\\$[A-Z_]+|\\$\\([^()]+\\)|[*.#x?-]{3,}");
    private static final List<String> HEX_WORDS =
            List.of("deadbeef", "cafebabe", "baadf00d", "feedface", "badc0ffe", "c0ffee", "abad1dea");

    private PlaceholderGrammar() {}

    /**
     * Judges a value.
     *
     * @param value a value that is meant to be secret
     * @return whether it was put there to be replaced
     */
    public static boolean matches(String value) {
        String text = examined(Objects.requireNonNull(value, "value"));
        return plain(text)
                || decoded(text)
                        .filter(PlaceholderGrammar::printable)
                        .filter(PlaceholderGrammar::plain)
                        .isPresent();
    }

    /** Tells whether a word, such as a name or a host, is in a text; a word under six letters never is. */
    static boolean holds(String text, String word) {
        return holdsAny(text, foldable(List.of(word)));
    }

    /** The same for words that {@link #foldable} has prepared. */
    static boolean holdsAny(String text, List<String> folded) {
        if (folded.isEmpty()) {
            return false;
        }
        Squeezed squeezed = Squeezed.of(examined(text), Spelling.PLAIN);
        return folded.stream().anyMatch(squeezed::holds);
    }

    /** The letters and digits of each word in small letters, without those that are too short to tell anything. */
    static List<String> foldable(Collection<String> words) {
        return words.stream()
                .map(word -> Squeezed.of(word, Spelling.PLAIN).lower())
                .filter(word -> word.length() >= SHORT_WORD)
                .distinct()
                .toList();
    }

    static String examined(String text) {
        return text.length() <= EXAMINED ? text : text.substring(0, EXAMINED);
    }

    /** What a text of hex or base64 holds, a character a byte. */
    static Optional<String> decoded(String text) {
        if (text.length() < LONG_WORD) {
            return Optional.empty();
        }
        try {
            byte[] bytes = hexadecimal(text)
                    ? HexFormat.of().parseHex(text)
                    : Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
            return Optional.of(new String(bytes, StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException neither) {
            return Optional.empty();
        }
    }

    private static boolean plain(String text) {
        Squeezed squeezed = Squeezed.of(text, Spelling.PLAIN);
        return TEMPLATE.matcher(text).matches()
                || encloses(text, "${", "}")
                || encloses(text, "{{", "}}")
                || WHOLE.contains(squeezed.lower())
                || hexWord(squeezed.lower())
                || squeezed.holds(WORDS)
                || Squeezed.of(text, Spelling.LEET).holds(LEET)
                || (squeezed.wordy() && FILL_IN.matcher(squeezed.lower()).find());
    }

    private static boolean encloses(String text, String open, String close) {
        int from = text.indexOf(open);
        return from >= 0 && text.indexOf(close, from + open.length() + 1) >= 0;
    }

    /** A random hex text may well hold such a word, so it counts where a person would put it: first or last. */
    private static boolean hexWord(String lower) {
        return HEX_WORDS.stream().filter(word -> word.length() >= LONG_WORD).anyMatch(lower::startsWith)
                || HEX_WORDS.stream().anyMatch(word -> lower.equals(word) || lower.startsWith(word + word));
    }

    private static boolean hexadecimal(String text) {
        return text.length() % 2 == 0
                && text.chars().allMatch(symbol -> Character.digit(symbol, 16) >= 0 && symbol < 128);
    }

    private static boolean printable(String text) {
        return text.chars().allMatch(symbol -> symbol >= ' ' && symbol <= '~');
    }

    private enum Spelling {
        PLAIN,
        LEET
    }

    /** Words by their first symbol, so that each place of a text is compared with few. */
    private static final class Words {
        private final List<List<String>> byFirst = new ArrayList<>();

        Words(String words) {
            for (int symbol = 0; symbol < 128; symbol++) {
                byFirst.add(new ArrayList<>());
            }
            for (String word : words.split(" ", -1)) {
                byFirst.get(word.charAt(0)).add(word);
            }
        }

        List<String> startingWith(char symbol) {
            return byFirst.get(symbol);
        }
    }

    /** The letters and digits of a text in lower case, and how each was written: lower, upper or neither. */
    private record Squeezed(String lower, String cases, boolean wordy, Spelling spelling) {
        private static final String LEET_FROM = "0134578@$!";
        private static final String LEET_TO = "oieastbasi";

        static Squeezed of(String text, Spelling spelling) {
            StringBuilder lower = new StringBuilder(text.length());
            StringBuilder cases = new StringBuilder(text.length());
            char kind = 0;
            int changes = 0;
            for (int at = 0; at < text.length(); at++) {
                char symbol = text.charAt(at);
                char next = kindOf(symbol);
                changes += next == kind || at == 0 ? 0 : 1;
                kind = next;
                int leet = spelling == Spelling.LEET ? LEET_FROM.indexOf(symbol) : -1;
                if (leet >= 0 || kind != '-') {
                    lower.append(leet >= 0 ? LEET_TO.charAt(leet) : (char) (kind == 'U' ? symbol + 32 : symbol));
                    cases.append(kind);
                }
            }
            return new Squeezed(lower.toString(), cases.toString(), changes <= text.length() / 2, spelling);
        }

        boolean holds(Words words) {
            for (int at = 0; at < lower.length(); at++) {
                for (String word : words.startingWith(lower.charAt(at))) {
                    if (lower.startsWith(word, at) && counts(at, word.length())) {
                        return true;
                    }
                }
            }
            return false;
        }

        boolean holds(String word) {
            for (int at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
                if (counts(at, word.length())) {
                    return true;
                }
            }
            return false;
        }

        private boolean counts(int at, int length) {
            boolean anywhere = length >= LONG_WORD && spelling == Spelling.PLAIN;
            return anywhere || ((wordy || spelling == Spelling.LEET) && written(cases.substring(at, at + length)));
        }

        /** As people write a word: small, large, or with a large first letter. */
        private static boolean written(String cases) {
            boolean upper = cases.indexOf('U', 1) >= 0;
            boolean lower = cases.indexOf('l', 1) >= 0;
            return !(upper && lower) && !(upper && cases.charAt(0) == 'l');
        }

        private static char kindOf(char symbol) {
            if (symbol >= 'a' && symbol <= 'z') {
                return 'l';
            }
            if (symbol >= 'A' && symbol <= 'Z') {
                return 'U';
            }
            return symbol >= '0' && symbol <= '9' ? '0' : '-';
        }
    }
}
