package dev.hardening.ratelimit;

import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Writes the answer to a refused request as {@code application/problem+json} (RFC 9457), for any server.
 *
 * <p>429 with the type {@code quota-exceeded} and the violated limits that may be shown; 503 with the type
 * {@code temporary-reduced-capacity} where a store did not answer.
 */
public final class RateLimitProblem {
    /** The media type of {@link #body}. */
    public static final String CONTENT_TYPE = "application/problem+json";

    private static final String TYPES = "https://iana.org/assignments/http-problem-types#";
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVICE_UNAVAILABLE = 503;

    private RateLimitProblem() {}

    /**
     * Gives the status code.
     *
     * @param decision a refusal
     * @return 429 or 503
     * @throws IllegalArgumentException if the request may go on
     */
    public static int status(Decision decision) {
        Objects.requireNonNull(decision, "decision");
        if (decision.allowed()) {
            throw new IllegalArgumentException("decision must be a refusal");
        }
        return decision.outcome() == Outcome.DENIED ? TOO_MANY_REQUESTS : SERVICE_UNAVAILABLE;
    }

    /**
     * Gives the body.
     *
     * @param decision a refusal
     * @return JSON, UTF-8
     * @throws IllegalArgumentException if the request may go on
     */
    public static byte[] body(Decision decision) {
        int status = status(decision);
        String text = status == TOO_MANY_REQUESTS
                ? json("quota-exceeded", "Too many requests", status, violated(decision))
                : json("temporary-reduced-capacity", "Temporarily unavailable", status, "");
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String json(String type, String title, int status, String more) {
        return "{\"type\":\"" + TYPES + type + "\",\"title\":\"" + title + "\",\"status\":" + status + more + '}';
    }

    /** Names are letters, digits and {@code . _ -}, so nothing needs escaping. */
    private static String violated(Decision decision) {
        return decision.statuses().stream()
                .filter(status -> status.violated() && status.visibility() == Visibility.SHOWN)
                .map(status -> '"' + status.name() + '"')
                .collect(Collectors.joining(",", ",\"violated-policies\":[", "]"));
    }
}
