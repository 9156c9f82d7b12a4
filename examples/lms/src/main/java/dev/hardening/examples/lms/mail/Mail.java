package dev.hardening.examples.lms.mail;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A mail in plain text to one reader.
 *
 * <p>No header can be smuggled in: an address with a control character, a space, a comma or an angle bracket, and a
 * subject with a control character, are refused.
 *
 * @param to one address, {@code local@domain}
 * @param subject one line
 * @param text lines, however they end
 */
public record Mail(String to, String subject, String text) {
    private static final Pattern ADDRESS =
            Pattern.compile("[^\\s\\p{Cntrl},;:<>()\\[\\]\\\\\"@]+@[^\\s\\p{Cntrl},;:<>()\\\\\"@]+");
    private static final int MAX_ADDRESS = 254;

    /** Checks the parts that become headers. */
    public Mail {
        Objects.requireNonNull(text, "text");
        if (to.length() > MAX_ADDRESS || !ADDRESS.matcher(to).matches()) {
            throw new IllegalArgumentException("to must be one mail address without a quoted part");
        }
        if (subject.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("subject must be one line");
        }
    }

    /** Names the kind of thing alone: address, subject and text are personal or hold a token. */
    @Override
    public String toString() {
        return "Mail[****]";
    }
}
