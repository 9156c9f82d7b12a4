package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Says whether a request may go on, and if not, how long it has to wait.
 *
 * <p>A refusal by a limit and a refusal because a store did not answer are different outcomes and never mixed up.
 *
 * @param outcome what was decided
 * @param statuses how every limit of every policy that applied and could be asked stands, in the order of the policies
 * @param violated the names of the policies that refused, in order; empty if the request may go on
 * @param retryAfter how long to wait: waiting exactly this long succeeds if nobody else uses the same keys; zero if the
 *     request may go on
 * @param degraded whether a policy was left out because its store did not answer ({@link FailureMode#OPEN})
 */
public record Decision(
        Outcome outcome, List<LimitStatus> statuses, List<String> violated, Duration retryAfter, boolean degraded) {
    /**
     * Checks that nothing is missing.
     *
     * @param outcome what was decided
     * @param statuses how every limit stands
     * @param violated the policies that refused
     * @param retryAfter how long to wait
     * @param degraded whether a policy was left out
     */
    public Decision {
        Objects.requireNonNull(outcome, "outcome");
        statuses = List.copyOf(statuses);
        violated = List.copyOf(violated);
        Objects.requireNonNull(retryAfter, "retryAfter");
    }

    /**
     * Tells whether the request may go on.
     *
     * @return true for {@link Outcome#ALLOWED} only
     */
    public boolean allowed() {
        return outcome == Outcome.ALLOWED;
    }

    /**
     * Finds the limit that matters most: of a refusal the one to wait for longest, else the one with the fewest left.
     *
     * @return the limit, or empty if no policy applied
     */
    public Optional<LimitStatus> tightest() {
        return tightest(statuses);
    }

    static Optional<LimitStatus> tightest(List<LimitStatus> statuses) {
        LimitStatus tightest = null;
        for (LimitStatus status : statuses) {
            tightest = tightest == null || tighter(status, tightest) ? status : tightest;
        }
        return Optional.ofNullable(tightest);
    }

    /**
     * Gives the wait as {@code Retry-After} needs it.
     *
     * @return whole seconds, rounded up, at least 1 for a refusal; 0 if the request may go on
     */
    public long retryAfterSeconds() {
        return allowed() ? 0 : Math.max(1, Seconds.roundUp(retryAfter));
    }

    private static boolean tighter(LimitStatus one, LimitStatus other) {
        int wait = one.retryAfter().compareTo(other.retryAfter());
        if (wait != 0) {
            return wait > 0;
        }
        int left = Long.compare(one.remaining(), other.remaining());
        return left != 0 ? left < 0 : one.nextToken().compareTo(other.nextToken()) > 0;
    }

    /** Says what was decided. */
    public enum Outcome {
        /** The request may go on. */
        ALLOWED,
        /** A limit refused it: 429. */
        DENIED,
        /** A store did not answer and its policy is {@link FailureMode#CLOSED}: 503. */
        STORE_DENIED
    }
}
