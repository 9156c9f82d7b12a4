package dev.hardening.examples.lms.api;

import java.util.Optional;

/**
 * Where a request comes from.
 *
 * @param peer the address at the other end of the connection
 * @param address the client's address behind the trusted proxies
 * @param userAgent what the client calls itself, cut to 256 characters; recorded, never decisive
 * @param requestId the id that the answer carries
 */
public record Client(String peer, String address, Optional<String> userAgent, Optional<String> requestId) {
    private static final int MAX = 256;

    /** Cuts what is too long to be honest. */
    public Client {
        userAgent = userAgent.map(text -> text.length() > MAX ? text.substring(0, MAX) : text);
    }
}
