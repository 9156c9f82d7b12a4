package dev.hardening.audit.servlet;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The 503 that stands in for an answer without an event.
 *
 * <p>Nothing of the handler's may leave, its cookies least of all, so the whole answer is reset; what filters outside of
 * the audit filter had set by then, their security headers, is put back.
 *
 * @param headers what was set before the request was handed down
 */
record Refusal(Map<String, List<String>> headers) {
    private static final String PROBLEM = "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}";

    static Refusal before(HttpServletResponse response) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String name : response.getHeaderNames()) {
            headers.put(name, List.copyOf(response.getHeaders(name)));
        }
        return new Refusal(headers);
    }

    /** Takes back what was answered and refuses. */
    void replace(HttpServletResponse response) throws IOException {
        response.reset();
        headers.forEach((name, values) -> put(response, name, values));
        write(response);
    }

    /** Servers put some fields back by themselves, so the first value replaces what is there. */
    private static void put(HttpServletResponse response, String name, List<String> values) {
        for (int index = 0; index < values.size(); index++) {
            if (index == 0) {
                response.setHeader(name, values.get(index));
            } else {
                response.addHeader(name, values.get(index));
            }
        }
    }

    static void write(HttpServletResponse response) throws IOException {
        response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setContentType("application/problem+json");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Retry-After", "1");
        response.getOutputStream().write(PROBLEM.getBytes(StandardCharsets.US_ASCII));
    }
}
