package dev.hardening.secrets.cli;

/** Text that a terminal takes for text: the name of a file may hold what it would take for an order. */
final class Plain {
    private Plain() {}

    static String of(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}&&[^\\n]]", "?");
    }

    /** One line of it. */
    static String line(String text) {
        return of(text.strip().replaceAll("\\s*\\R\\s*", "; "));
    }
}
