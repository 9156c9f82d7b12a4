package dev.hardening.auth;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An e-mail address in two forms: one to compare by, one to send to.
 *
 * <p>The canonical form has its local part and its domain in lower case and the domain in ASCII, so that one mailbox
 * makes one account; {@link #forSending()} keeps the local part as it was typed, because a mail server may tell cases
 * apart (RFC 5321, section 2.4). Two addresses are equal if their canonical forms are.
 *
 * <p>Stricter than RFC 5322 on purpose: an unquoted ASCII local part of at most 64 characters, a domain of at least two
 * labels whose international form maps to itself under IDNA, at most 254 characters in all. Quoted local parts, address
 * literals, comments, white space, control characters and the four letters on which IDNA 2003 and 2008 disagree are
 * refused: two programs must not read two mailboxes out of one string.
 */
public final class EmailAddress {
    private static final int MAX_LENGTH = 254;
    private static final int MAX_LOCAL = 64;
    private static final Pattern LOCAL =
            Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");
    private static final Pattern DOMAIN =
            Pattern.compile("([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern AMBIGUOUS = Pattern.compile("[\\u00DF\\u03C2\\u200C\\u200D]");

    private final String asTyped;
    private final String local;
    private final String domain;

    private EmailAddress(String asTyped, String local, String domain) {
        this.asTyped = asTyped;
        this.local = local;
        this.domain = domain;
    }

    /**
     * Reads what a person typed.
     *
     * @param typed the address alone, without a display name or surrounding space
     * @return the address, or empty if it is not one that this class accepts
     */
    public static Optional<EmailAddress> parse(String typed) {
        Objects.requireNonNull(typed, "typed");
        int at = typed.lastIndexOf('@');
        if (typed.length() > MAX_LENGTH || at < 1 || at > MAX_LOCAL) {
            return Optional.empty();
        }
        String local = typed.substring(0, at);
        if (!LOCAL.matcher(local).matches()) {
            return Optional.empty();
        }
        return ascii(typed.substring(at + 1))
                .filter(domain -> local.length() + 1 + domain.length() <= MAX_LENGTH)
                .map(domain -> new EmailAddress(typed, local, domain));
    }

    /**
     * Takes an address that is known to be one, from a store or a configuration.
     *
     * @param typed the address alone
     * @return the address
     * @throws IllegalArgumentException if {@link #parse} refuses it
     */
    public static EmailAddress of(String typed) {
        return parse(typed).orElseThrow(() -> new IllegalArgumentException("not an acceptable e-mail address"));
    }

    /**
     * Returns the form that is unique in a tenant.
     *
     * @return lower case, ASCII only
     */
    public String canonical() {
        return local.toLowerCase(Locale.ROOT) + '@' + domain;
    }

    /**
     * Returns what was typed, to show it to its owner.
     *
     * @return the string given to {@link #parse}
     */
    public String asTyped() {
        return asTyped;
    }

    /**
     * Returns the form for an SMTP envelope or a mail header.
     *
     * @return the local part as typed at the ASCII domain
     */
    public String forSending() {
        return local + '@' + domain;
    }

    /**
     * Compares by the canonical form.
     *
     * @param other anything
     * @return whether it is the same mailbox
     */
    @Override
    public boolean equals(Object other) {
        return other instanceof EmailAddress address && canonical().equals(address.canonical());
    }

    /**
     * Goes with {@link #equals}.
     *
     * @return a hash of the canonical form
     */
    @Override
    public int hashCode() {
        return canonical().hashCode();
    }

    /**
     * Prints the domain alone, since an address is a personal datum.
     *
     * @return for example {@code ****@example.org}
     */
    @Override
    public String toString() {
        return "****@" + domain;
    }

    private static Optional<String> ascii(String typed) {
        String lower = typed.toLowerCase(Locale.ROOT);
        if (DOMAIN.matcher(lower).matches() && !lower.contains("xn--")) {
            return Optional.of(lower);
        }
        if (AMBIGUOUS.matcher(lower).find()) {
            return Optional.empty();
        }
        try {
            String mapped = IDN.toASCII(lower, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
            return Optional.of(mapped).filter(domain -> DOMAIN.matcher(domain).matches() && stable(lower, domain));
        } catch (IllegalArgumentException notADomain) {
            return Optional.empty();
        }
    }

    /** Whether nothing was folded away: the ASCII form is what was typed, or reads back as what was typed. */
    private static boolean stable(String lower, String domain) {
        String readBack = IDN.toUnicode(domain, IDN.USE_STD3_ASCII_RULES);
        boolean same = domain.equals(lower) || readBack.equals(Normalizer.normalize(lower, Normalizer.Form.NFC));
        return same && !readBack.contains("xn--");
    }
}
