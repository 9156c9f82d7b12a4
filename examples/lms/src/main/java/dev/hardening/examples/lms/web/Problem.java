package dev.hardening.examples.lms.web;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the client is told when a call is refused (RFC 9457): a type, a title, a status and, where fields are to blame,
 * their names and the rules they broke. Nothing internal has a place in it.
 *
 * @param type a stable URN of this service, or {@code about:blank} where the status says it all
 * @param title the same words each time for the same type
 * @param status 400 to 599
 * @param violations empty unless fields are to blame
 */
public record Problem(String type, String title, int status, List<Violation> violations) {
    private static final String URN = "urn:hardening:lms:";
    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(400, "Bad Request"),
            Map.entry(401, "Unauthorized"),
            Map.entry(403, "Forbidden"),
            Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"),
            Map.entry(408, "Request Timeout"),
            Map.entry(409, "Conflict"),
            Map.entry(413, "Content Too Large"),
            Map.entry(414, "URI Too Long"),
            Map.entry(415, "Unsupported Media Type"),
            Map.entry(417, "Expectation Failed"),
            Map.entry(421, "Misdirected Request"),
            Map.entry(422, "Unprocessable Content"),
            Map.entry(426, "Upgrade Required"),
            Map.entry(429, "Too Many Requests"),
            Map.entry(431, "Request Header Fields Too Large"),
            Map.entry(500, "Internal Server Error"),
            Map.entry(501, "Not Implemented"),
            Map.entry(503, "Service Unavailable"),
            Map.entry(505, "HTTP Version Not Supported"));

    /** Copies the list and refuses a status that is no error. */
    public Problem {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(title, "title");
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("status must be 400 to 599, got " + status);
        }
        violations = List.copyOf(violations);
    }

    /** Makes a problem that says no more than its status does. */
    public static Problem of(int status) {
        String fallback = status < 500 ? "Bad Request" : "Internal Server Error";
        return new Problem("about:blank", TITLES.getOrDefault(status, fallback), status, List.of());
    }

    /** Makes a problem of a type of this service. */
    public static Problem of(int status, String name, String title) {
        return new Problem(URN + name, title, status, List.of());
    }

    /** Makes the problem of a body that has not the form the call takes: 400. */
    public static Problem malformed(String field, String rule) {
        return new Problem(
                URN + "malformed-body",
                "The body has not the form this call takes",
                400,
                List.of(new Violation(field, rule)));
    }

    /** Makes the problem of a query parameter that has not the form the call takes: 400. */
    public static Problem malformedQuery(String parameter, String rule) {
        return new Problem(
                URN + "malformed-query",
                "The query has not the form this call takes",
                400,
                List.of(new Violation(parameter, rule)));
    }

    /** Makes the problem of a body whose form is right and whose values are refused: 422. */
    public static Problem refused(List<Violation> violations) {
        return new Problem(URN + "refused-values", "Some values are refused", 422, violations);
    }

    /** Renders the document. */
    public byte[] json() {
        return JsonWriter.render(json -> {
            json.text("type", type).text("title", title).number("status", status);
            if (!violations.isEmpty()) {
                json.items(
                        "violations",
                        violations,
                        (item, violation) ->
                                item.text("field", violation.field()).text("rule", violation.rule()));
            }
        });
    }
}
