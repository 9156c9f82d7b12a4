package dev.hardening.auth.password;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A text as a guessing program sees it: lower case, letters and digits alone, digits and signs for letters undone. */
record FoldedText(String letters) {
    private static final int SHORTEST_WORD = 4;
    // What is left beside known words must be worth guessing by itself.
    private static final int LEAST_REST = 8;
    private static final String SIGNS = "013457@$!";
    private static final String LETTERS = "oieastasi";

    static FoldedText of(String text) {
        StringBuilder folded = new StringBuilder(text.length());
        text.toLowerCase(Locale.ROOT).codePoints().map(FoldedText::unmask).forEach(point -> {
            if (Character.isLetterOrDigit(point)) {
                folded.appendCodePoint(point);
            }
        });
        return new FoldedText(folded.toString());
    }

    /** Says whether little is left once the words, and the parts of an address or a full name, are taken out. */
    boolean isMadeOf(Collection<String> words) {
        List<String> parts = words.stream()
                .flatMap(word -> List.of(word.split("[^\\p{L}\\p{N}]+")).stream())
                .map(part -> of(part).letters)
                .filter(part -> part.length() >= SHORTEST_WORD)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        String rest = letters;
        for (String part : parts) {
            rest = rest.replace(part, "");
        }
        return rest.length() < letters.length() && rest.codePointCount(0, rest.length()) < LEAST_REST;
    }

    private static int unmask(int point) {
        int at = SIGNS.indexOf(point);
        return at < 0 ? point : LETTERS.charAt(at);
    }
}
