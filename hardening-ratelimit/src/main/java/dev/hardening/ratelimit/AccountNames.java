package dev.hardening.ratelimit;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Gives names that look alike to an authenticator one form, so that {@code VICTIM}, full-width {@code ｖｉｃｔｉｍ} and a
 * name with a zero-width space are one account to a limit.
 *
 * <p>The form is NFKC, without control, format and other invisible characters, case-folded in {@link Locale#ROOT},
 * trimmed. It is for counting: two names with one form may still be two accounts. Where the account's id is known, count
 * by that, so that a login name and an e-mail address are one account too.
 */
public final class AccountNames {
    /** Controls, formats, and what Unicode calls default ignorable beside them: fillers, joiners, variation selectors. */
    private static final Pattern INVISIBLE = Pattern.compile(
            "[\\p{Cc}\\p{Cf}\\x{34f}\\x{115f}\\x{1160}\\x{17b4}\\x{17b5}"
                    + "\\x{180b}-\\x{180f}\\x{2065}\\x{3164}\\x{fe00}-\\x{fe0f}\\x{ffa0}\\x{fff0}-\\x{fff8}\\x{e0000}-\\x{e0fff}]");

    private static final int LONGEST = 1024;
    private static final int ROUNDS = 4;

    private AccountNames() {}

    /**
     * Gives the canonical form.
     *
     * @param name as typed; if it has over 1,024 characters without what is invisible and the blanks around it, it stays
     *     as it is, since no account has such a name
     * @return the form; giving it again changes nothing
     */
    public static String canonical(String name) {
        Objects.requireNonNull(name, "name");
        String form = name.length() > LONGEST ? bare(name) : name;
        if (form.length() > LONGEST) {
            return name;
        }
        for (int round = 0; round < ROUNDS; round++) {
            String next = once(form);
            if (next.equals(form)) {
                return form;
            }
            form = next;
        }
        return form;
    }

    /** Padding must not make one account many: an authenticator that trims would find it all the same. */
    private static String bare(String name) {
        String visible = INVISIBLE.matcher(name).replaceAll("");
        int start = 0;
        int end = visible.length();
        while (start < end && isBlank(visible.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(visible.charAt(end - 1))) {
            end--;
        }
        return visible.substring(start, end);
    }

    private static boolean isBlank(char character) {
        return Character.isWhitespace(character) || Character.isSpaceChar(character);
    }

    private static String once(String name) {
        String visible =
                INVISIBLE.matcher(Normalizer.normalize(name, Form.NFKC)).replaceAll("");
        // Up and down again folds what one way alone leaves apart: sharp s, dotless i, final sigma.
        String folded = visible.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(folded, Form.NFKC).strip();
    }
}
