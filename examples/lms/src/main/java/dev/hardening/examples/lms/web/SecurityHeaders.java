package dev.hardening.examples.lms.web;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The headers that every answer has, whoever wrote it.
 *
 * <p>An API answer is data and nothing may be made of it in a browser; a page runs only the script and the style that
 * carry the nonce of this one answer. {@code no-store} stands alone, without the older headers that contradict it when
 * one of them is overridden (OWASP ASVS 5.0, 3.4.1 to 3.4.8).
 */
public final class SecurityHeaders {
    /** The name of the content security policy header. */
    public static final String CONTENT_SECURITY_POLICY = "Content-Security-Policy";

    private static final Map<String, String> API = api();

    private SecurityHeaders() {}

    /** What every answer has. */
    public static Map<String, String> always() {
        return API;
    }

    /** What an answer over TLS has besides. */
    public static Map<String, String> secure() {
        return Map.of("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
    }

    /**
     * The policy of a page.
     *
     * @param nonce at least 128 random bits, of this answer alone
     */
    public static String page(String nonce) {
        return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce
                + "'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static Map<String, String> api() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("X-Frame-Options", "DENY");
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put("Cache-Control", "no-store");
        return Map.copyOf(headers);
    }
}
