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
 * <p>The form is NFKC, without control and format characters, case-folded in {@link Locale#ROOT}, trimmed. It is for
 * counting: two names with one form may still be two accounts. Where the account's id is known, count by that.
 */
public final class AccountNames {
    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}]");
    private static final int LONGEST = 1024;
    private static final int ROUNDS = 4;

    private AccountNames() {}

    /**
     * Gives the canonical form.
     *
     * @param name as typed; over 1,024 characters it stays as it is, since no account has such a name
     * @return the form; giving it again changes nothing
     */
    public static String canonical(String name) {
        Objects.requireNonNull(name, "name");
        if (name.length() > LONGEST) {
            return name;
        }
        String form = name;
        for (int round = 0; round < ROUNDS; round++) {
            String next = once(form);
            if (next.equals(form)) {
                return form;
            }
            form = next;
        }
        return form;
    }

    private static String once(String name) {
        String visible =
                INVISIBLE.matcher(Normalizer.normalize(name, Form.NFKC)).replaceAll("");
        // Up and down again folds what one way alone leaves apart: sharp s, dotless i, final sigma.
        String folded = visible.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(folded, Form.NFKC).strip();
    }
}
