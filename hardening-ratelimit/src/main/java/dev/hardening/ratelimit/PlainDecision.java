package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.List;

/** A decision whose figures are known from the start, and which took nothing. */
final class PlainDecision extends Decision {
    static final Decision UNASKED = new PlainDecision(Outcome.ALLOWED, List.of(), List.of(), Duration.ZERO);
    static final Decision EXEMPT = new PlainDecision(Outcome.EXEMPT, List.of(), List.of(), Duration.ZERO);

    private final Outcome outcome;
    private final List<LimitStatus> statuses;
    private final List<String> violated;
    private final Duration retryAfter;

    PlainDecision(Outcome outcome, List<LimitStatus> statuses, List<String> violated, Duration retryAfter) {
        this.outcome = outcome;
        this.statuses = statuses;
        this.violated = violated;
        this.retryAfter = retryAfter;
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public List<LimitStatus> statuses() {
        return statuses;
    }

    @Override
    public List<String> violated() {
        return violated;
    }

    @Override
    public Duration retryAfter() {
        return retryAfter;
    }
}
