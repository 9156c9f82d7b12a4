package dev.hardening.secrets.scan;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells by its name that a value is about a secret and none itself, as {@code passwordFile} and {@code page_token}.
 *
 * <p>Looks at whole words, divided by {@code _ - .} and changes of case: the words behind the last one that means a
 * secret, and the one before it.
 */
final class Names {
    private static final Pattern SECRET =
            Pattern.compile("(?i)password|passwort|passphrase|passwd|pass|pwd|secret|token|credentials|credential|key");
    private static final Pattern BETWEEN = Pattern.compile("[_.\\-]+|(?<=[a-z0-9])(?=[A-Z])");
    private static final Set<String> BEHIND = Set.of(
            "file",
            "path",
            "url",
            "uri",
            "endpoint",
            "length",
            "size",
            "count",
            "ttl",
            "timeout",
            "expiry",
            "expires",
            "expiration",
            "policy",
            "regex",
            "pattern",
            "type",
            "field",
            "label",
            "hash",
            "header",
            "prefix",
            "class",
            "version",
            "format",
            "encoder",
            "name",
            "env",
            "ref",
            "issuer",
            "algorithm",
            "min",
            "max",
            "arn",
            "page",
            "integrity",
            "checksum",
            "digest",
            "sha1",
            "sha256",
            "izer",
            "ized",
            "ization",
            "placeholder",
            "hint");
    private static final Set<String> BEFORE =
            Set.of("mock", "fake", "dummy", "example", "sample", "placeholder", "hashed");
    private static final Set<String> PAIRS = Set.of(
            "public key",
            "cache key",
            "partition key",
            "sort key",
            "idempotency key",
            "foreign key",
            "csrf token",
            "xsrf token",
            "page token",
            "commit token");

    private static final Pattern ASKING =
            Pattern.compile("(get|find|load|read|resolve|lookup|fetch|is|has|show|print|log)([A-Z_].*)?");

    private Names() {}

    /** Whether a method gives what it names, or is one of what is named, so that its argument is no secret. */
    static boolean asks(String name) {
        String method = name.substring(name.lastIndexOf('.') + 1);
        return ASKING.matcher(method).matches() || !SECRET.matcher(method).find();
    }

    /** Whether what is named is not the secret that the name speaks of. */
    static boolean ofOtherThing(String name) {
        return goOn(name) || qualified(name);
    }

    /** Whether the words behind the one that means a secret make something else of it. */
    static boolean goOn(String name) {
        return BETWEEN.splitAsStream(name.substring(lastSecret(name).end()))
                .map(word -> word.toLowerCase(Locale.ROOT))
                .anyMatch(BEHIND::contains);
    }

    private static boolean qualified(String name) {
        Word secret = lastSecret(name);
        String qualifier = BETWEEN.splitAsStream(name.substring(0, secret.start()))
                .reduce("", (before, word) -> word)
                .toLowerCase(Locale.ROOT);
        String kind = name.substring(secret.start(), secret.end()).toLowerCase(Locale.ROOT);
        return BEFORE.contains(qualifier) || PAIRS.contains(qualifier + " " + kind);
    }

    /** From the first letter of a word to what is behind it. */
    private record Word(int start, int end) {}

    private static Word lastSecret(String name) {
        Matcher matcher = SECRET.matcher(name);
        Word last = new Word(0, 0);
        while (matcher.find()) {
            last = new Word(matcher.start(), matcher.end());
        }
        return last;
    }
}
