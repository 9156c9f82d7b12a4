package dev.hardening.secrets.scan;

/**
 * Tells text that people read, and lists of names, from a password that holds blanks, commas or semicolons.
 *
 * <p>A part between two of these is regular if it is a word, as people write one, or a number, or both behind one
 * another. A password has a part that is not; a sentence may have one too, and has two words of three letters or more.
 */
final class Prose {
    private static final String DIVIDERS = " ,;<>";
    private static final String COMMON_SIGNS = "._-:/+$=|?'";
    private static final int SHORTEST_WORD = 3;
    private static final int FEWEST_WORDS = 2;

    private Prose() {}

    static boolean is(String text) {
        int words = 0;
        for (int start = 0; start < text.length(); ) {
            int end = partEnd(text, start);
            String core = core(text.substring(start, end));
            words += core.length() >= SHORTEST_WORD && letters(core) == core.length() && written(core) ? 1 : 0;
            start = end + 1;
        }
        return divided(text) && (words >= FEWEST_WORDS || !irregular(text) || !marked(text));
    }

    /** Whether a part of the text is no word and no number. */
    private static boolean irregular(String text) {
        for (int start = 0; start < text.length(); ) {
            int end = partEnd(text, start);
            if (!regular(core(text.substring(start, end)))) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    /** The text before the first divider, or all of it. */
    static String firstPart(String text) {
        return text.substring(0, partEnd(text, 0));
    }

    private static int partEnd(String text, int start) {
        int end = start;
        while (end < text.length() && DIVIDERS.indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private static boolean divided(String text) {
        return partEnd(text, 0) < text.length();
    }

    /** Without the signs around it. */
    private static String core(String part) {
        int start = 0;
        int end = part.length();
        while (start < end && !letter(part.charAt(start)) && !digit(part.charAt(start))) {
            start++;
        }
        while (end > start && !letter(part.charAt(end - 1)) && !digit(part.charAt(end - 1))) {
            end--;
        }
        return part.substring(start, end);
    }

    /** A word, a number, or a word with a number behind it. */
    private static boolean regular(String core) {
        int letters = letters(core);
        int at = letters;
        at += at > 0 && at < core.length() && COMMON_SIGNS.indexOf(core.charAt(at)) >= 0 ? 1 : 0;
        while (at < core.length() && digit(core.charAt(at))) {
            at++;
        }
        return at == core.length() && written(core.substring(0, letters));
    }

    /** How many letters it begins with. */
    private static int letters(String core) {
        int at = 0;
        while (at < core.length() && letter(core.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Small, large, or with a large first letter. */
    private static boolean written(String word) {
        boolean upper = word.chars().skip(1).anyMatch(Prose::upper);
        boolean lower = word.chars().skip(1).anyMatch(symbol -> !upper(symbol));
        return !upper || (!lower && upper(word.charAt(0)));
    }

    private static boolean upper(int symbol) {
        return symbol >= 'A' && symbol <= 'Z';
    }

    /** Whether it has a digit, or a sign that is rare in text. */
    private static boolean marked(String text) {
        return text.chars()
                .anyMatch(symbol -> digit(symbol)
                        || (!letter(symbol) && DIVIDERS.indexOf(symbol) < 0 && COMMON_SIGNS.indexOf(symbol) < 0));
    }

    /** What is not ASCII is most often a letter, or a part of one. */
    private static boolean letter(int symbol) {
        return (symbol >= 'a' && symbol <= 'z') || (symbol >= 'A' && symbol <= 'Z') || symbol > 127;
    }

    private static boolean digit(int symbol) {
        return symbol >= '0' && symbol <= '9';
    }
}
