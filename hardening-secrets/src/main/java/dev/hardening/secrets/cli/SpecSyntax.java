package dev.hardening.secrets.cli;

import dev.hardening.secrets.Alphabet;
import dev.hardening.secrets.SecretSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what kind of secret is wanted: {@code token64}, {@code hex256}, {@code words:128} or {@code base58:192}. What is
 * not understood is not repeated: it may be the value itself, written where its kind belongs.
 */
final class SpecSyntax {
    static final String FORMS =
            "token64, hex256, words:BITS, base64url:BITS, alphanumeric:BITS, base58:BITS, hex:BITS or" + " digits:BITS";

    private static final String ENCRYPTION = "ENCRYPTION_KEY";
    private static final Pattern SIZED = Pattern.compile("([a-z0-9]+):([0-9]{1,4})");

    private SpecSyntax() {}

    /** The names that every service of this library has. */
    static Map<String, SecretSpec> usual() {
        Map<String, SecretSpec> names = new LinkedHashMap<>();
        for (String name : List.of("JWT_SECRET", "JWT_REFRESH_SECRET", "SESSION_SECRET", ENCRYPTION)) {
            names.put(name, usual(name));
        }
        return names;
    }

    static SecretSpec usual(String name) {
        return name.equals(ENCRYPTION) ? SecretSpec.hex256() : SecretSpec.token64();
    }

    /** Reads {@code NAME} or {@code NAME=KIND}. */
    static Map<String, SecretSpec> named(List<String> given) {
        Map<String, SecretSpec> names = new LinkedHashMap<>();
        for (String each : given) {
            int equals = each.indexOf('=');
            String name = Grammar.VARIABLE.check("NAME of --name", equals < 0 ? each : each.substring(0, equals));
            names.put(name, equals < 0 ? usual(name) : of(name, each.substring(equals + 1)));
        }
        return names;
    }

    static SecretSpec of(String name, String text) {
        if (text.equals("token64")) {
            return SecretSpec.token64();
        }
        if (text.equals("hex256")) {
            return SecretSpec.hex256();
        }
        Matcher sized = SIZED.matcher(text);
        if (!sized.matches()) {
            throw unknown(name);
        }
        int bits = Integer.parseInt(sized.group(2));
        return sized.group(1).equals("words")
                ? SecretSpec.words(bits)
                : SecretSpec.of(bits, alphabet(name, sized.group(1)));
    }

    private static Alphabet alphabet(String name, String text) {
        for (Alphabet alphabet : Alphabet.values()) {
            if (alphabet.name().toLowerCase(Locale.ROOT).equals(text)) {
                return alphabet;
            }
        }
        throw unknown(name);
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("the kind of " + name + " must be " + FORMS);
    }
}
