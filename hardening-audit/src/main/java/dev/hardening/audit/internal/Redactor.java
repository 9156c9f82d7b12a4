package dev.hardening.audit.internal;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes secrets out of text, by the name of the field and by what they look like.
 *
 * <p>It errs towards taking out too much. Every expression is bounded or possessive, so the time is linear in the text,
 * and the encoder bounds the text first.
 */
public final class Redactor {
    private static final Set<String> SENSITIVE_PARTS = Set.of(
            "password",
            "passwd",
            "passphrase",
            "pwd",
            "secret",
            "token",
            "authorization",
            "cookie",
            "apikey",
            "privatekey",
            "credential",
            "cardnumber");
    private static final Set<String> SENSITIVE_NAMES =
            Set.of("pin", "otp", "totp", "cvv", "cvc", "ssn", "pan", "jwt", "auth", "bearer");
    /** Words that make a pair secret wherever its name ends in them, as in {@code newPassword} or {@code db_pwd}. */
    private static final String PAIR_ENDS = "passw(?:or)?d|pwd|passphrase|secret|token|api[_-]?key|authorization";
    /** Words that do so alone: a status code is none. */
    private static final String PAIR_NAMES = "code|otp";

    private static final String QUOTED = "\"(?:\\\\.|[^\"\\\\])*+\"?|'(?:\\\\.|[^'\\\\])*+'?";

    private static final List<Rule> BUILT_IN = List.of(
            new Rule("pem", "-----BEGIN", "-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\\z)"),
            new Rule("jwt", "eyJ", "eyJ[A-Za-z0-9_-]{10,}+(?:\\.[A-Za-z0-9_-]*+){0,4}"),
            new Rule(
                    "token",
                    "v1.",
                    "\\bv1\\.[A-Za-z0-9_-]{1,64}\\.[A-Za-z0-9_-]{1,64}\\.\\d{1,19}\\.[A-Za-z0-9_-]{16,}+"),
            new Rule("aws", "A", "\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b"),
            new Rule("bearer", " ", "(?i)\\bbearer\\s{1,4}[A-Za-z0-9+/._~=-]{8,}+"),
            new Rule("basic", " ", "(?i)\\bbasic\\s{1,4}[A-Za-z0-9+/=_-]{4,}+", Redactor::isUserAndPassword),
            new Rule(
                    "value",
                    "=",
                    "(?i)(?:" + PAIR_ENDS + "|\\b(?:" + PAIR_NAMES + "))=(?:[^\\s&;,\"']++|" + QUOTED + ")"),
            new Rule(
                    "value",
                    ":",
                    "(?i)(?:[\"']?(?:" + PAIR_ENDS + ")|[\"'](?:" + PAIR_NAMES + "))[\"']\\s{0,4}:\\s{0,4}(?:" + QUOTED
                            + ")"));

    private final Set<String> names;
    private final List<Rule> rules;

    /**
     * Makes a redactor that knows more than the built-in rules.
     *
     * @param moreNames field names, any case
     * @param morePatterns what else a secret looks like
     */
    public Redactor(Set<String> moreNames, List<Pattern> morePatterns) {
        names = Set.copyOf(moreNames.stream().map(Redactor::plain).toList());
        List<Rule> all = new ArrayList<>(BUILT_IN);
        morePatterns.forEach(pattern -> all.add(new Rule("custom", "", pattern, text -> true)));
        rules = List.copyOf(all);
    }

    /**
     * Says whether a field's value is never stored, whatever it looks like.
     *
     * @param name the field's name
     * @return whether to take the whole value out
     */
    public boolean sensitiveName(String name) {
        String plain = plain(name);
        return names.contains(plain)
                || SENSITIVE_NAMES.contains(plain)
                || SENSITIVE_PARTS.stream().anyMatch(plain::contains);
    }

    /**
     * Takes out what looks like a secret.
     *
     * @param text any text
     * @return the same object if nothing was found
     */
    public String redact(String text) {
        String clean = text;
        for (Rule rule : rules) {
            if (clean.contains(rule.trigger)) {
                clean = rule.apply(clean);
            }
        }
        return CardNumbers.redact(clean);
    }

    private static String plain(String name) {
        StringBuilder plain = new StringBuilder(name.length());
        name.toLowerCase(Locale.ROOT).chars().filter(Character::isLetterOrDigit).forEach(c -> plain.append((char) c));
        return plain.toString();
    }

    private static boolean isUserAndPassword(String match) {
        String encoded = match.substring(match.lastIndexOf(' ') + 1).strip();
        try {
            byte[] decoded =
                    Base64.getDecoder().decode(encoded.replace('-', '+').replace('_', '/'));
            return new String(decoded, StandardCharsets.ISO_8859_1).indexOf(':') >= 0;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** One look of a secret; the trigger is a cheap reason not to run the expression. */
    private record Rule(String name, String trigger, Pattern pattern, Predicate<String> confirm) {
        Rule(String name, String trigger, String expression) {
            this(name, trigger, expression, text -> true);
        }

        Rule(String name, String trigger, String expression, Predicate<String> confirm) {
            this(name, trigger, Pattern.compile(expression, Pattern.DOTALL), confirm);
        }

        String apply(String text) {
            Matcher matcher = pattern.matcher(text);
            if (!matcher.find()) {
                return text;
            }
            String replacement = "[redacted:" + name + "]";
            return matcher.replaceAll(
                    found -> Matcher.quoteReplacement(confirm.test(found.group()) ? replacement : found.group()));
        }
    }
}
