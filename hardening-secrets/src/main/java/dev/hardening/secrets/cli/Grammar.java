package dev.hardening.secrets.cli;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What the words of a command line look like that name something. One that does not is not repeated: it may be a secret
 * that somebody typed where its name belongs.
 */
enum Grammar {
    VARIABLE("[A-Za-z_][A-Za-z0-9_]{0,127}", "letters, digits and underscores, no digit first"),
    PROFILE("[a-z][a-z0-9-]{0,31}", "lower-case letters, digits and dashes, a letter first, 32 at most"),
    RING(
            "(?!.*-root$)[a-z][a-z0-9-]{0,63}",
            "lower-case letters, digits and dashes, a letter first, 64 at most, and not end in -root"),
    KEY_ID("[0-9a-f]{16}", "the 16 hexadecimal digits that ring list tells"),
    FILES("[A-Za-z0-9][A-Za-z0-9_-]{0,63}", "letters, digits, dashes and underscores, 64 at most"),
    LABEL("[A-Za-z0-9._:/-]{1,200}", "letters, digits and . _ : / -, 200 at most"),
    DOMAIN("(?=.{1,253}$)[a-z0-9-]+(\\.[a-z0-9-]+)*", "a domain in lower-case letters, such as lms.test"),
    HOST("(?=.{1,253}$)(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)*", "a name in lower-case letters, such as app.lms.test"),
    ADDRESS("[0-9A-Fa-f.:]{2,45}", "an address, such as 127.0.0.1");

    private final Pattern form;
    private final String rule;

    Grammar(String form, String rule) {
        this.form = Pattern.compile(form);
        this.rule = rule;
    }

    /** Gives the word back, or says which option or parameter is wrong and what it must be. */
    String check(String label, String word) {
        if (!form.matcher(word).matches()) {
            throw new IllegalArgumentException(label + " must be " + rule);
        }
        return word;
    }

    List<String> check(String label, List<String> words) {
        words.forEach(word -> check(label, word));
        return words;
    }
}
