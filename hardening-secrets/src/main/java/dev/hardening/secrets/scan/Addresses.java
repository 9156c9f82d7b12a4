package dev.hardening.secrets.scan;

import dev.hardening.secrets.PlaceholderGrammar;
import dev.hardening.secrets.scan.Rule.Candidate;

/** Finds the password in the authority of an address, {@code user:password@host}, where it may hold an at sign. */
final class Addresses {
    private static final int SHORTEST = 3;
    private static final String TEMPLATE_SIGNS = "${}()*[]%|^";

    private Addresses() {}

    static boolean holdPassword(Candidate candidate) {
        String authority = candidate.secret();
        int colon = authority.indexOf(':');
        int at = authority.lastIndexOf('@');
        if (colon < 0 || at - colon <= SHORTEST || at == authority.length() - 1) {
            return false;
        }
        String password = authority.substring(colon + 1, at);
        return TEMPLATE_SIGNS.indexOf(password.charAt(0)) < 0
                && !password.contains("${")
                && !password.contains(":")
                && !password.equals(authority.substring(0, colon))
                && password.chars().distinct().count() > 2
                && !PlaceholderGrammar.matches(password);
    }
}
