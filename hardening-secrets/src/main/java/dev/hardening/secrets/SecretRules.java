package dev.hardening.secrets;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
 * {@link Alphabet}, within some millions of tries: words have at least six letters, runs at least ten symbols.
 */
final class SecretRules {
    private static final List<String> WORDS = List.of(
            "changeme",
            "changethis",
            "changeit",
            "replace",
            "placeholder",
            "secret",
            "password",
            "passwort",
            "passphrase",
            "example",
            "insecure",
            "notsecure",
            "default",
            "generate",
            "insert",
            "development",
            "testing",
            "sample",
            "redacted",
            "undefined",
            "keyboardcat",
            "letmein",
            "localhost",
            "admin123",
            "qwertyuiop",
            "asdfghjkl",
            "deadbeef",
            "cafebabe",
            "xxxxxx");
    private static final Pattern FILL_IN = Pattern.compile("your[a-z0-9]{0,24}(key|token|value|here)");
    private static final Pattern TEMPLATE = Pattern.compile("<.*>|\\$\\{.*}|\\{\\{.*}}|\\[.*]|%.*%");
    private static final int SHORTEST_NAME = 6;
    private static final int FEWEST_SYMBOLS = 5;
    private static final Set<String> PUBLISHED = published();

    private SecretRules() {}

    /** Lists the rules a secret breaks, with what to say behind its name. */
    static Map<String, String> broken(String name, Secret secret, int minBits) {
        return secret.use(bytes -> {
            // One character a byte: the estimate counts bytes, and all words are ASCII.
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            Map<String, String> broken = new LinkedHashMap<>();
            if (!text.equals(text.strip()) || text.chars().anyMatch(Character::isISOControl)) {
                broken.put("whitespace", "starts or ends with a space or holds a control character");
            }
            if (placeholder(name, text)) {
                broken.put("placeholder", "is a placeholder");
            }
            if (PUBLISHED.contains(text.toLowerCase(Locale.ROOT))) {
                broken.put("published", "is a published example");
            }
            if (pattern(text)) {
                broken.put("pattern", "repeats itself or counts up or down");
            }
            if (StrengthEstimate.bits(text) < minBits) {
                broken.put("weak", "cannot have the " + minBits + " bits it needs");
            }
            return broken;
        });
    }

    private static boolean placeholder(String name, String text) {
        String squeezed = squeezed(text);
        String ownName = squeezed(name);
        return TEMPLATE.matcher(text).matches()
                || WORDS.stream().anyMatch(squeezed::contains)
                || FILL_IN.matcher(squeezed).find()
                || (ownName.length() >= SHORTEST_NAME && squeezed.contains(ownName));
    }

    private static String squeezed(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static boolean pattern(String text) {
        int length = text.length();
        return text.chars().distinct().count() <= FEWEST_SYMBOLS
                || StrengthEstimate.period(text) <= length / 2
                || StrengthEstimate.symbolsThatCount(text) <= length / 2;
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
