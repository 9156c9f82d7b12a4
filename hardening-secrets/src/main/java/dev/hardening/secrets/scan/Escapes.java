package dev.hardening.secrets.scan;

/**
 * Tells that the letter or digit before a token is the end of an escape and no part of a longer token.
 *
 * <p>{@code \n}, {@code \x3d} and <code>&#92;u003d</code> of source code and JSON, {@code %3D} and {@code %253D} of
 * addresses, {@code =3D} of mail, {@code ESC[32m} of logs with colours, and the dash of a line that a patch removes.
 */
final class Escapes {
    private static final String LETTERS = "abefnrtv0";
    private static final int LONGEST_COLOUR = 12;

    private Escapes() {}

    static boolean endAt(byte[] text, int at) {
        return at > 0 && (letter(text, at) || hexadecimal(text, at) || colour(text, at) || removed(text, at));
    }

    /** A backslash and a letter, as what is before a name most often. */
    static boolean letter(byte[] text, int at) {
        return is(text, at - 2, '\\') && LETTERS.indexOf(text[at - 1]) >= 0;
    }

    private static boolean hexadecimal(byte[] text, int at) {
        if (!digits(text, at, 2)) {
            return false;
        }
        boolean address =
                is(text, at - 3, '%') || (is(text, at - 3, '5') && is(text, at - 4, '2') && is(text, at - 5, '%'));
        // With a last letter only, since an id of digits may be assigned to something.
        boolean mail = is(text, at - 3, '=') && text[at - 1] >= 'A' && text[at - 1] <= 'F';
        boolean source = is(text, at - 3, 'x') && is(text, at - 4, '\\');
        return address || mail || source || (digits(text, at, 4) && is(text, at - 5, 'u') && is(text, at - 6, '\\'));
    }

    /** The sign before the bracket is often lost where a log was copied. */
    private static boolean colour(byte[] text, int at) {
        if (!is(text, at - 1, 'm') && !is(text, at - 1, 'K')) {
            return false;
        }
        int start = at - 1;
        while (start > 0 && at - start < LONGEST_COLOUR && (text[start - 1] == ';' || decimal(text[start - 1]))) {
            start--;
        }
        return is(text, start - 1, '[');
    }

    private static boolean removed(byte[] text, int at) {
        return is(text, at - 1, '-') && (at == 1 || is(text, at - 2, '\n'));
    }

    private static boolean digits(byte[] text, int end, int count) {
        for (int at = end - count; at < end; at++) {
            if (at < 0 || Character.digit(text[at], 16) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean decimal(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    private static boolean is(byte[] text, int at, char symbol) {
        return at >= 0 && text[at] == symbol;
    }
}
