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
        return (plain(password) || besidePath(authority.substring(0, colon), password)) && likely(authority, password);
    }

    private static boolean likely(String authority, String password) {
        return TEMPLATE_SIGNS.indexOf(password.charAt(0)) < 0
                && !password.contains("${")
                && !password.contains(":")
                && !password.equals(authority.substring(0, authority.indexOf(':')))
                && password.chars().distinct().count() > 2
                && !PlaceholderGrammar.matches(password);
    }

    private static boolean plain(String password) {
        return password.indexOf('/') < 0 && password.indexOf('#') < 0;
    }

    /**
     * A slash or a number sign should be escaped in a password and often is not. The at sign may then be one of a path:
     * behind a port, a host or a folder.
     */
    private static boolean besidePath(String user, String password) {
        boolean port = password.chars()
                .takeWhile(symbol -> symbol != '/' && symbol != '#')
                .allMatch(symbol -> symbol >= '0' && symbol <= '9');
        return !port && user.indexOf('/') < 0 && user.indexOf('@') < 0 && Plausibility.mixedPassword(password);
    }
}
