package dev.hardening.audit.internal;

/**
 * Takes card numbers out of text: 13 to 19 digits that pass the Luhn check.
 *
 * <p>People write the blocks of a number apart, and other numbers next to it: {@code 4111 1111 1111 1111 12/27}. So every
 * sequence of whole blocks with one blank or hyphen between them is looked at, and what belongs to any card goes. A block
 * is taken whole or not at all, or every long order number would hold a card somewhere. The time is linear in the text:
 * a sequence has at most 19 blocks.
 */
final class CardNumbers {
    private static final int SHORTEST = 13;
    private static final int LONGEST = 19;
    private static final String REDACTED = "[redacted:card]";

    private final String text;
    private final StringBuilder clean = new StringBuilder();
    private int copied;

    private CardNumbers(String text) {
        this.text = text;
    }

    /** Returns the same object if there is none. */
    static String redact(String text) {
        return new CardNumbers(text).redacted();
    }

    private String redacted() {
        int at = 0;
        while (at < text.length()) {
            int end = blockEnd(at);
            if (end > at) {
                take(at, lastOfCard(at, end));
            }
            at = Math.max(end, at + 1);
        }
        return copied == 0 ? text : clean.append(text, copied, text.length()).toString();
    }

    private void take(int start, int end) {
        if (end <= copied) {
            return;
        }
        if (start >= copied) {
            clean.append(text, copied, start).append(REDACTED);
        }
        copied = end;
    }

    /** Finds where the longest card that starts with this block ends; 0 if none does. */
    private int lastOfCard(int start, int firstEnd) {
        int last = 0;
        int end = firstEnd;
        int digits = end - start;
        boolean issued = text.charAt(start) >= '2' && text.charAt(start) <= '6';
        while (issued && digits <= LONGEST && aloneFrom(start) && aloneTo(end)) {
            last = digits >= SHORTEST && passesLuhn(start, end) ? end : last;
            int next = end + 1;
            int nextEnd = blockEnd(next);
            if (nextEnd <= next || !separates(end)) {
                return last;
            }
            digits += nextEnd - next;
            end = nextEnd;
        }
        return last;
    }

    private boolean passesLuhn(int start, int end) {
        int sum = 0;
        boolean twice = false;
        for (int at = end - 1; at >= start; at--) {
            if (isDigit(at)) {
                int digit = text.charAt(at) - '0';
                int weighed = twice ? digit * 2 : digit;
                sum += weighed > 9 ? weighed - 9 : weighed;
                twice = !twice;
            }
        }
        return sum % 10 == 0;
    }

    private int blockEnd(int start) {
        int end = start;
        while (isDigit(end)) {
            end++;
        }
        return end;
    }

    private boolean isDigit(int at) {
        return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
    }

    private boolean separates(int at) {
        return text.charAt(at) == ' ' || text.charAt(at) == '-';
    }

    private boolean aloneFrom(int start) {
        return start == 0 || !isLetter(text.charAt(start - 1));
    }

    private boolean aloneTo(int end) {
        return end == text.length() || !isLetter(text.charAt(end));
    }

    private static boolean isLetter(char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    }
}
