package dev.hardening.secrets.internal;

/**
 * Text of others, such as the name of a file, as a terminal may show it: on one line, and nothing in it is an order.
 */
public final class Printable {
    private Printable() {}

    /**
     * Replaces what a terminal may obey or what may forge a line.
     *
     * @param text any text
     * @return the text with a question mark for controls of both ASCII and ISO 8859-1, for marks of direction and of
     *     format, for ends of lines and paragraphs, and for what is no character
     */
    public static String of(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\uFFFD]", "?");
    }
}
