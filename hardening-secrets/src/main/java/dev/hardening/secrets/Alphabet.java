package dev.hardening.secrets;

import java.nio.charset.StandardCharsets;

/**
 * The symbols a generated secret is made of.
 *
 * <p>None holds a character that an {@code .env} dialect, a shell or a URL reads as something else:
 * no {@code $ " ' # \ }, no space, no line end.
 */
public enum Alphabet {
    /** 64 symbols, 6 bits each (RFC 4648, section 5): the shortest text. */
    BASE64URL("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    /** 62 symbols: letters and digits, selected whole by a double click. */
    ALPHANUMERIC("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    /** 58 symbols: letters and digits that nobody confuses, for what people must type. */
    BASE58("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    /** 16 symbols, 4 bits each, in lower case: what tools call a raw key. */
    HEX("0123456789abcdef"),
    /** The 10 digits. */
    DIGITS("0123456789");

    private final String symbols;
    private final String leading;
    private final double bitsPerSymbol;
    private final double bitsOfLeading;

    Alphabet(String symbols) {
        this.symbols = symbols;
        leading = symbols.replace("-", "");
        bitsPerSymbol = log2(symbols.length());
        bitsOfLeading = log2(leading.length());
    }

    /**
     * Lists the symbols.
     *
     * @return each symbol once
     */
    public String symbols() {
        return symbols;
    }

    /** The symbols, one byte each; a new copy. */
    byte[] bytes() {
        return symbols.getBytes(StandardCharsets.US_ASCII);
    }

    /** What may stand first: a leading dash would be read as an option by a command line. */
    String leading() {
        return leading;
    }

    double bitsPerSymbol() {
        return bitsPerSymbol;
    }

    double bitsOfLeading() {
        return bitsOfLeading;
    }

    private static double log2(int count) {
        return Math.log(count) / Math.log(2);
    }
}
