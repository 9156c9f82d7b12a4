package dev.hardening.ratelimit;

import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Writes the HTTP fields of a decision, for any server: {@code RateLimit}, {@code RateLimit-Policy} (IETF
 * draft-ietf-httpapi-ratelimit-headers-10, structured fields of RFC 9651) and {@code Retry-After}.
 *
 * <p>{@code RateLimit-Policy} lists every limit that may be shown, {@code RateLimit} the tightest of them, but of a
 * refusal only one that refused: beside the wait for a hidden limit its figures would promise too much or too little. A
 * limit of a {@link Policy.Builder#hidden hidden} policy appears in neither. {@code Retry-After} is whole seconds, rounded up,
 * never 0, and never earlier than the {@code t} beside it.
 */
public final class RateLimitHeaders {
    private static final String RATE_LIMIT = "RateLimit";
    private static final String RATE_LIMIT_POLICY = "RateLimit-Policy";
    private static final String RETRY_AFTER = "Retry-After";
    private static final String CACHE_CONTROL = "Cache-Control";

    private RateLimitHeaders() {}

    /**
     * Writes the fields.
     *
     * @param decision the decision of this request
     * @return names and values to set, in order; empty where there is nothing to tell
     */
    public static Map<String, String> of(Decision decision) {
        Objects.requireNonNull(decision, "decision");
        Map<String, String> fields = new LinkedHashMap<>();
        if (decision.outcome() != Outcome.STORE_DENIED) {
            List<LimitStatus> shown = decision.statuses().stream()
                    .filter(status -> status.visibility() == Visibility.SHOWN)
                    .toList();
            addFigures(fields, shown, decision);
        }
        if (!decision.allowed()) {
            fields.put(RETRY_AFTER, Long.toString(decision.retryAfterSeconds()));
            // A 429 must not be stored by a cache (RFC 6585, section 4).
            fields.put(CACHE_CONTROL, "no-store");
        }
        return fields;
    }

    private static void addFigures(Map<String, String> fields, List<LimitStatus> shown, Decision decision) {
        Decision.tightest(shown).ifPresent(tightest -> {
            String policies = shown.stream().map(RateLimitHeaders::policyItem).collect(Collectors.joining(", "));
            fields.put(RATE_LIMIT_POLICY, policies);
            if (decision.allowed() || tightest.violated()) {
                fields.put(RATE_LIMIT, limitItem(tightest));
            }
        });
    }

    private static String policyItem(LimitStatus status) {
        Limit limit = status.limit();
        long window = Math.max(1, Seconds.roundUp(limit.timeToFull()));
        return '"' + status.name() + "\";q=" + limit.capacity() + ";w=" + window;
    }

    private static String limitItem(LimitStatus status) {
        String item = '"' + status.name() + "\";r=" + status.remaining();
        return status.nextToken().isZero() ? item : item + ";t=" + Seconds.roundUp(status.nextToken());
    }
}
