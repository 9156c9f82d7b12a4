package dev.hardening.secrets.repository;

/** Texts of a repository, which may hold what a terminal or a shell takes for an order, as people see them. */
final class Shown {
    private Shown() {}

    /** With a question mark for controls of both ASCII and ISO 8859-1, for marks of direction, and for line ends. */
    static String printable(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\uFFFD]", "?");
    }

    /** As one word of a POSIX shell; one that had to be changed to be shown is a pattern that finds it. */
    static String word(String path) {
        return "'" + printable(path).replace("'", "'\\''") + "'";
    }
}
