package dev.hardening.secrets.servlet;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What a caller is told when a body cannot be taken or given (RFC 9457); never why. */
enum Problem {
    BAD_REQUEST(400, "Bad Request", "The sealed body cannot be opened."),
    NOT_ACCEPTABLE(406, "Not Acceptable", "There is no key to seal the answer to."),
    TOO_LARGE(413, "Content Too Large", "The body is too large."),
    UNSUPPORTED(415, "Unsupported Media Type", "The body must be sealed: application/jose without a content encoding."),
    FAILED(500, "Internal Server Error", "The answer could not be sealed."),
    UNAVAILABLE(503, "Service Unavailable", "Please try again in a moment.");

    private final int status;
    private final String body;

    Problem(int status, String title, String detail) {
        this.status = status;
        body = "{\"type\":\"about:blank\",\"title\":\"" + title + "\",\"status\":" + status + ",\"detail\":\"" + detail
                + "\"}";
    }

    void send(HttpServletResponse response) throws IOException {
        response.setStatus(status);
        response.setHeader("Cache-Control", "no-store");
        if (this == UNSUPPORTED) {
            // RFC 9110, section 15.5.16.
            response.setHeader("Accept", MediaTypes.SEALED);
        }
        if (this == UNAVAILABLE) {
            response.setHeader("Retry-After", "1");
        }
        response.setContentType("application/problem+json");
        // No length here: a full write of a known length leaves at once, before outer filters have had their say.
        response.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }
}
