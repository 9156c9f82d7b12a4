package dev.hardening.ratelimit;

import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Writes the answer to a refused request as {@code application/problem+json} (RFC 9457), for any server.
 *
 * <p>429 with the type {@code quota-exceeded} and the violated limits that may be shown; 503 with the type
 * {@code temporary-reduced-capacity} where a store did not answer or the service has no room. Which of the two, which key
 * and how full anything is stays inside.
 */
public final class RateLimitProblem {
    /** The media type of {@link #body}. */
    public static final String CONTENT_TYPE = "application/problem+json";

    /** The status where the caller has used up a limit. */
    public static final int TOO_MANY_REQUESTS = 429;

    /** The status where the service cannot, whoever asks. */
    public static final int SERVICE_UNAVAILABLE = 503;

    private static final String NEVER =
            ",\"detail\":\"The request costs more than its limit ever allows; asking again does not help.\"";
    private static final String TYPES = "https://iana.org/assignments/http-problem-types#";

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
        return switch (decision.outcome()) {
            case DENIED, NEVER -> TOO_MANY_REQUESTS;
            default -> SERVICE_UNAVAILABLE;
        };
    }

    /**
     * Gives the body.
     *
     * @param decision a refusal
     * @return JSON, UTF-8
     * @throws IllegalArgumentException if the request may go on
     */
    public static byte[] body(Decision decision) {
        if (status(decision) == SERVICE_UNAVAILABLE) {
            return unavailable();
        }
        return quota(violated(decision), decision.outcome() == Outcome.NEVER ? NEVER : "");
    }

    /**
     * Gives the body for a request that was refused because its key has as many in flight as it may; the status is 429.
     *
     * @param limit the limit's name, {@code [a-z][a-z0-9._-]{0,63}}
     * @param visibility whether the caller may be told
     * @return JSON, UTF-8
     */
    public static byte[] concurrencyBody(String limit, Visibility visibility) {
        return quota(visibility == Visibility.SHOWN ? List.of(Names.requirePlain(limit)) : List.of(), "");
    }

    /**
     * Gives the body for a request that was turned away because the service has no room; the status is 503.
     *
     * @return JSON, UTF-8
     */
    public static byte[] shedBody() {
        return unavailable();
    }

    private static List<String> violated(Decision decision) {
        return decision.statuses().stream()
                .filter(status -> status.violated() && status.visibility() == Visibility.SHOWN)
                .map(LimitStatus::name)
                .toList();
    }

    /** Names are letters, digits and {@code . _ -}, so nothing needs escaping. */
    private static byte[] quota(List<String> violated, String detail) {
        String names = violated.stream().map(name -> '"' + name + '"').collect(Collectors.joining(",", "[", "]"));
        return json(
                "quota-exceeded", "Too many requests", TOO_MANY_REQUESTS, detail + ",\"violated-policies\":" + names);
    }

    private static byte[] unavailable() {
        return json("temporary-reduced-capacity", "Temporarily unavailable", SERVICE_UNAVAILABLE, "");
    }

    private static byte[] json(String type, String title, int status, String more) {
        String text =
                "{\"type\":\"" + TYPES + type + "\",\"title\":\"" + title + "\",\"status\":" + status + more + '}';
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
