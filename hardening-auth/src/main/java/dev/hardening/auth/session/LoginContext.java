package dev.hardening.auth.session;

import dev.hardening.auth.token.Factor;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * How a session came about: what was proven, and from which program and address.
 *
 * <p>Program and address are kept to be shown to the user and are never decisive. They are cut to 256 and 64 characters,
 * control characters become spaces.
 *
 * @param factors how the user proved who they are; at least one
 * @param userAgent what the program calls itself; empty if unknown
 * @param clientAddress an IP address; empty if unknown
 */
public record LoginContext(List<Factor> factors, String userAgent, String clientAddress) {
    private static final int MAX_USER_AGENT = 256;
    private static final int MAX_ADDRESS = 64;
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /**
     * Cuts what came from outside.
     *
     * @param factors how the user proved who they are; at least one
     * @param userAgent what the program calls itself; empty if unknown
     * @param clientAddress an IP address; empty if unknown
     * @throws IllegalArgumentException if {@code factors} is empty
     */
    public LoginContext {
        factors = List.copyOf(factors);
        if (factors.isEmpty()) {
            throw new IllegalArgumentException("a login proves at least one factor");
        }
        userAgent = cut(Objects.requireNonNull(userAgent, "userAgent"), MAX_USER_AGENT);
        clientAddress = cut(Objects.requireNonNull(clientAddress, "clientAddress"), MAX_ADDRESS);
    }

    /**
     * Says that a password was right and nothing else is known.
     *
     * @param time when
     * @return a context without program and address
     */
    public static LoginContext password(Instant time) {
        return new LoginContext(List.of(Factor.password(time)), "", "");
    }

    /**
     * Adds the program.
     *
     * @param name the {@code User-Agent} header
     * @return a new context
     */
    public LoginContext userAgent(String name) {
        return new LoginContext(factors, name, clientAddress);
    }

    /**
     * Adds the address.
     *
     * @param address as the client-address resolver gave it
     * @return a new context
     */
    public LoginContext clientAddress(String address) {
        return new LoginContext(factors, userAgent, address);
    }

    private static String cut(String text, int length) {
        String printable = CONTROL.matcher(text).replaceAll(" ");
        return printable.length() <= length ? printable : printable.substring(0, length);
    }
}
