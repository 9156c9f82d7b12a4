package dev.hardening.ratelimit;

import java.util.List;
import java.util.Optional;

/**
 * Reads the elements of a list header from the right, over all its lines, and not more than 4 KiB of it.
 *
 * <p>From the right, because there stand the elements of the trusted proxies: whatever quotes a client leaves open in
 * his part cannot swallow theirs.
 */
final class HopReader {
    private static final int MOST_CHARACTERS = 4096;

    private final List<String> lines;
    private final boolean quotes;
    private int line;
    private int end;
    private int left = MOST_CHARACTERS;

    HopReader(List<String> lines, boolean quotes) {
        this.lines = lines;
        this.quotes = quotes;
        this.line = lines.size() - 1;
        this.end = line < 0 ? 0 : lines.get(line).length();
    }

    /** The next element to the left, or empty at the end and where the bound cuts an element in two. */
    Optional<String> next() {
        if (line < 0) {
            return Optional.empty();
        }
        String text = lines.get(line);
        int start = start(text);
        if (start < 0) {
            line = -1;
            return Optional.empty();
        }
        String element = text.substring(start, end);
        if (start == 0) {
            line--;
            end = line < 0 ? 0 : lines.get(line).length();
        } else {
            end = start - 1;
        }
        return Optional.of(element);
    }

    private int start(String text) {
        boolean quoted = false;
        for (int index = end; index > 0; index--) {
            char before = text.charAt(index - 1);
            quoted ^= quotes && before == '"' && !isEscaped(text, index - 1);
            if (before == ',' && !quoted) {
                return index;
            }
            if (--left == 0) {
                return -1;
            }
        }
        return 0;
    }

    /** A quote behind an odd number of backslashes is part of the text in quotes: a proxy repeats a Host header so. */
    private static boolean isEscaped(String text, int quote) {
        int backslashes = 0;
        while (backslashes < quote && backslashes < MOST_CHARACTERS && text.charAt(quote - 1 - backslashes) == '\\') {
            backslashes++;
        }
        return backslashes % 2 == 1;
    }
}
