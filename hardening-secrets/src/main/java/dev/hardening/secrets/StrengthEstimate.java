package dev.hardening.secrets;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An upper bound of what a secret may be worth, from its text alone.
 *
 * <p>Symbols times the bits of the smallest class of symbols that holds them all, where a run ({@code aaaa},
 * {@code 4567}) counts as its first two symbols and a repeated block counts once. It cannot know how the text was made:
 * a sentence passes as if its letters were random. The texts are of one byte a symbol and bounded by the caller.
 * Classes are few and wide, so that it does not find less in a random
 * text than that has: 43 symbols of base64url often hold no dash and sometimes no digit.
 *
 * <p>A UUID counts 122 bits where it says that it is random (version 4, RFC 9562, section 5.4) and otherwise none: it is
 * made of a time, a machine or a name. Without its dashes it cannot be told from hexadecimal digits.
 */
final class StrengthEstimate {
    private static final int RUN = 10;
    private static final int RANDOM_BITS_OF_UUID = 122;
    private static final Pattern UUID = Pattern.compile(
            "(?:urn:uuid:)?\\{?[0-9a-f]{8}-[0-9a-f]{4}-(?<version>[0-9a-f])[0-9a-f]{3}-(?<variant>[0-9a-f])[0-9a-f]{3}"
                    + "-[0-9a-f]{12}\\}?",
            Pattern.CASE_INSENSITIVE);
    private static final List<SymbolClass> CLASSES = List.of(
            new SymbolClass(10, symbol -> digit(symbol)),
            new SymbolClass(16, symbol -> digit(symbol) || (symbol >= 'a' && symbol <= 'f')),
            new SymbolClass(16, symbol -> digit(symbol) || (symbol >= 'A' && symbol <= 'F')),
            new SymbolClass(26, symbol -> lower(symbol)),
            new SymbolClass(26, symbol -> upper(symbol)),
            new SymbolClass(36, symbol -> digit(symbol) || lower(symbol)),
            new SymbolClass(36, symbol -> digit(symbol) || upper(symbol)),
            new SymbolClass(
                    64, symbol -> digit(symbol) || lower(symbol) || upper(symbol) || "+/=-_".indexOf(symbol) >= 0),
            new SymbolClass(95, symbol -> symbol >= ' ' && symbol <= '~'),
            new SymbolClass(256, symbol -> true));

    /** For each symbol of one byte a bit for each class that holds it. */
    private static final int[] MEMBERSHIP = membership();

    private record SymbolClass(int size, IntPredicate holds) {}

    private StrengthEstimate() {}

    static int bits(String text) {
        Matcher uuid = UUID.matcher(text);
        StringBuilder rest = new StringBuilder();
        int random = 0;
        while (uuid.find()) {
            random += isRandom(uuid) ? RANDOM_BITS_OF_UUID : 0;
            uuid.appendReplacement(rest, "");
        }
        uuid.appendTail(rest);
        return rest.length() == text.length()
                ? symbolBits(text)
                : Math.min(symbolBits(text), random + symbolBits(rest.toString().strip()));
    }

    static boolean holdsUuid(String text) {
        return UUID.matcher(text).find();
    }

    private static boolean isRandom(Matcher uuid) {
        return uuid.group("version").equals("4") && "89abAB".contains(uuid.group("variant"));
    }

    private static int symbolBits(String text) {
        int size = classOf(text).size();
        int period = period(text);
        int block = period <= text.length() / 2 ? period : text.length();
        int symbols = Math.min(symbolsThatCount(text), block);
        // A first symbol that is never a dash costs a fraction of a bit; half a bit is forgiven.
        return (int) Math.floor(symbols * Math.log(size) / Math.log(2) + 0.5);
    }

    /** The classes stand in the order of their sizes, so the first that holds all symbols is the smallest. */
    private static SymbolClass classOf(String text) {
        int common = (1 << CLASSES.size()) - 1;
        for (int at = 0; at < text.length(); at++) {
            common &= MEMBERSHIP[Math.min(text.charAt(at), MEMBERSHIP.length - 1)];
        }
        return CLASSES.get(Integer.numberOfTrailingZeros(common));
    }

    private static int[] membership() {
        int[] membership = new int[256];
        for (int symbol = 0; symbol < membership.length; symbol++) {
            for (int at = 0; at < CLASSES.size(); at++) {
                membership[symbol] |= CLASSES.get(at).holds().test(symbol) ? 1 << at : 0;
            }
        }
        return membership;
    }

    /** The length of the shortest block that, repeated, gives the text; the whole length if there is none. */
    static int period(String text) {
        int[] border = new int[text.length()];
        for (int at = 1, matched = 0; at < text.length(); at++) {
            while (matched > 0 && text.charAt(at) != text.charAt(matched)) {
                matched = border[matched - 1];
            }
            if (text.charAt(at) == text.charAt(matched)) {
                matched++;
            }
            border[at] = matched;
        }
        return text.isEmpty() ? 0 : text.length() - border[text.length() - 1];
    }

    /** Counts the symbols, but of a run of ten or more only the first two. */
    static int symbolsThatCount(String text) {
        int counted = 0;
        int from = 0;
        while (from < text.length()) {
            int to = endOfRun(text, from);
            int run = to - from;
            counted += run >= RUN ? 2 : run;
            from = to;
        }
        return counted;
    }

    private static int endOfRun(String text, int from) {
        int to = Math.min(from + 2, text.length());
        if (to - from < 2) {
            return to;
        }
        int step = text.charAt(from + 1) - text.charAt(from);
        if (Math.abs(step) > 1) {
            return from + 1;
        }
        while (to < text.length() && text.charAt(to) - text.charAt(to - 1) == step) {
            to++;
        }
        // The last symbol of a short run may start a longer one.
        return to - from >= RUN || to == text.length() ? to : to - 1;
    }

    private static boolean digit(int symbol) {
        return symbol >= '0' && symbol <= '9';
    }

    private static boolean lower(int symbol) {
        return symbol >= 'a' && symbol <= 'z';
    }

    private static boolean upper(int symbol) {
        return symbol >= 'A' && symbol <= 'Z';
    }
}
