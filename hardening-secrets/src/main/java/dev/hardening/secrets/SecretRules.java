package dev.hardening.secrets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds secrets that are none: placeholders, patterns, published examples, and what is too short.
 *
 * <p>Each rule was chosen so that it does not fire on a random value of 128 bits or more, in any alphabet of
 * {@link Alphabet}, within ten million tries: for words see {@link PlaceholderGrammar}, runs have ten symbols or more.
 */
final class SecretRules {
    /** What a web page that sells "random" keys puts into each of them: it steps through its symbols by three. */
    private static final List<String> PUBLISHED_PARTS = List.of(
            "KbPeShVm", "KaPdSgVk", "KaPdSgUk", "McQfTjWn", "NcRfUjXn", "MbQeThWm", "NcQfTjWn", "KbPdSgVk", "KbPeSgVk");

    /** What is said of a sealed value: its key would have to come from the same place, and protect nothing. */
    static final String SEALED =
            "is a sealed text, and settings are not opened: whoever reads it here reads its key too";

    /** The mark HS1 in base64url, and the shortest such text. */
    private static final Pattern SEALED_TEXT = Pattern.compile("SFMx[A-Za-z0-9_-]{107,}");

    private static final int FEWEST_SYMBOLS = 5;
    private static final int LEAST_DECODED = 16;
    private static final Set<String> PUBLISHED = published();

    private SecretRules() {}

    /** Lists the rules a secret breaks, with what to say behind its name; looks at its first 4096 bytes. */
    static Map<String, String> broken(String name, Secret secret, int minBits) {
        return secret.use(bytes -> {
            String text = textOf(bytes);
            String decoded = PlaceholderGrammar.decoded(text).orElse("");
            Map<String, String> broken = new LinkedHashMap<>();
            if (text.chars().anyMatch(Character::isISOControl) || space(bytes[0]) || space(bytes[bytes.length - 1])) {
                broken.put("whitespace", "starts or ends with a space or holds a control character");
            }
            if (sealed(text)) {
                broken.put("sealed", SEALED);
            }
            if (PlaceholderGrammar.matches(text) || PlaceholderGrammar.holds(text, name)) {
                broken.put("placeholder", "is a placeholder");
            }
            if (PUBLISHED.contains(text.toLowerCase(Locale.ROOT)) || publishedPart(text) || publishedPart(decoded)) {
                broken.put("published", "is a published example");
            }
            if (pattern(text) || (decoded.length() >= LEAST_DECODED && pattern(decoded))) {
                broken.put("pattern", "repeats itself or counts up or down");
            }
            if (StrengthEstimate.bits(text) < minBits) {
                String uuid = StrengthEstimate.holdsUuid(text) ? "is a UUID and " : "";
                broken.put("weak", uuid + "cannot have the " + minBits + " bits it needs");
            }
            return broken;
        });
    }

    /** Tells whether a value is a text that a field cipher made; random ones of that length begin so once in 2^24. */
    static boolean sealed(String text) {
        return SEALED_TEXT.matcher(text).matches();
    }

    /** Tells whether a secret is made of one of these words, which {@link PlaceholderGrammar#foldable} prepared. */
    static boolean derived(Secret secret, List<String> folded) {
        return secret.use(bytes -> PlaceholderGrammar.holdsAny(textOf(bytes), folded));
    }

    /** One character a byte: the estimate counts bytes, and all words are ASCII. */
    private static String textOf(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, PlaceholderGrammar.EXAMINED), StandardCharsets.ISO_8859_1);
    }

    private static boolean space(byte octet) {
        return Character.isWhitespace(octet);
    }

    private static boolean publishedPart(String text) {
        return PUBLISHED_PARTS.stream().anyMatch(text::contains);
    }

    private static boolean pattern(String text) {
        int length = text.length();
        return distinct(text) <= FEWEST_SYMBOLS
                || StrengthEstimate.period(text) <= length / 2
                || StrengthEstimate.symbolsThatCount(text) <= length / 2;
    }

    private static int distinct(String text) {
        BitSet symbols = new BitSet();
        for (int at = 0; at < text.length(); at++) {
            symbols.set(text.charAt(at));
        }
        return symbols.cardinality();
    }

    private static Set<String> published() {
        try (InputStream in = SecretRules.class.getResourceAsStream("published-secrets.txt");
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(Objects.requireNonNull(in), StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(line -> line.strip().toLowerCase(Locale.ROOT))
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException broken) {
            throw new UncheckedIOException("published-secrets.txt of this jar", broken);
        }
    }
}
