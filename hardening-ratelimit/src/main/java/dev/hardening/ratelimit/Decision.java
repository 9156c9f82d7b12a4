package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Says whether a request may go on, and if not, how long it has to wait.
 *
 * <p>A refusal by a limit and a refusal because a store did not answer are different outcomes and never mixed up. The
 * figures are worked out when they are asked for. Safe for many threads.
 */
public abstract sealed class Decision
        permits SoleDecision, HeapDecision, JointDecision, RefusedDecision, PlainDecision {
    Decision() {}

    /**
     * Makes a decision that no limiter made, for adapters and their tests; it has nothing to refund or charge.
     *
     * @param outcome what was decided
     * @param statuses how the limits stand
     * @param violated the names of the policies that refused
     * @param retryAfter how long to wait
     * @return the decision
     */
    public static Decision of(Outcome outcome, List<LimitStatus> statuses, List<String> violated, Duration retryAfter) {
        return new PlainDecision(
                Objects.requireNonNull(outcome, "outcome"),
                List.copyOf(statuses),
                List.copyOf(violated),
                Objects.requireNonNull(retryAfter, "retryAfter"));
    }

    /**
     * Says what was decided.
     *
     * @return the outcome
     */
    public abstract Outcome outcome();

    /**
     * Lists how every limit of every policy that applied and could be asked stands.
     *
     * @return in the order of the policies, unmodifiable
     */
    public abstract List<LimitStatus> statuses();

    /**
     * Names the policies that refused, of those that were asked.
     *
     * @return in order; empty if the request may go on
     */
    public abstract List<String> violated();

    /**
     * Names the policies in {@link Policy.Mode#SHADOW} that would have refused.
     *
     * @return in order
     */
    public List<String> shadowViolated() {
        return List.of();
    }

    /**
     * Says how long to wait: the longest of those who refused. Waiting exactly this long is enough for them if nobody
     * else uses the same keys.
     *
     * @return zero if the request may go on, or never can ({@link Outcome#NEVER})
     */
    public abstract Duration retryAfter();

    /**
     * Tells whether a policy was left out, or decided by a share of its limits, because its store did not answer.
     *
     * @return whether less is known than should be
     */
    public boolean degraded() {
        return false;
    }

    /**
     * Gives back what the request has used up, for example because the service itself failed; once, further calls do
     * nothing. Waits for a shared store; one that does not answer keeps it, and the listener hears of it.
     */
    public void refund() {}

    /**
     * Charges one policy with what the request turned out to cost beyond what was paid, whether it is there or not: the
     * bucket may go below zero, and the next request waits. For costs known after the response, such as its size. Waits for
     * a shared store.
     *
     * @param policy the name of a policy that applied; of another, nothing happens
     * @param tokens 1 to 10<sup>9</sup>
     */
    public void charge(String policy, long tokens) {
        Objects.requireNonNull(policy, "policy");
        requireCharge(tokens);
    }

    /**
     * Tells whether the request may go on.
     *
     * @return true for {@link Outcome#ALLOWED}, {@link Outcome#SHADOW_DENIED} and {@link Outcome#EXEMPT}
     */
    public final boolean allowed() {
        return outcome().passes();
    }

    /**
     * Finds the limit that matters most: of a refusal the one to wait for longest, else the one with the fewest left.
     *
     * @return the limit, or empty if no policy applied
     */
    public final Optional<LimitStatus> tightest() {
        return tightest(statuses());
    }

    /**
     * Gives the wait as {@code Retry-After} needs it.
     *
     * @return whole seconds, rounded up, at least 1 for a refusal; 0 if the request may go on or never can
     */
    public final long retryAfterSeconds() {
        boolean waits = !allowed() && outcome() != Outcome.NEVER;
        return waits ? Math.max(1, Seconds.roundUp(retryAfter())) : 0;
    }

    /**
     * Prints what was decided, without saying about whom.
     *
     * @return outcome, policies that refused and wait
     */
    @Override
    public final String toString() {
        return "Decision[" + outcome() + ", " + violated() + ", " + retryAfter() + ']';
    }

    static Optional<LimitStatus> tightest(List<LimitStatus> statuses) {
        LimitStatus tightest = null;
        for (LimitStatus status : statuses) {
            tightest = tightest == null || tighter(status, tightest) ? status : tightest;
        }
        return Optional.ofNullable(tightest);
    }

    static void requireCharge(long tokens) {
        if (tokens < 1 || tokens > 1_000_000_000) {
            throw new IllegalArgumentException("tokens must be 1 to 1000000000, got " + tokens);
        }
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
        ALLOWED(true),
        /** A limit refused it: 429. */
        DENIED(false),
        /** A limit on trial would have refused it; it may go on. */
        SHADOW_DENIED(true),
        /** The caller is left out of every policy that applied; the request may go on. */
        EXEMPT(true),
        /** It costs more than the limit can ever hold, so that no wait helps: 429 without {@code Retry-After}. */
        NEVER(false),
        /** A store did not answer and its policy does not go on without: 503. */
        STORE_DENIED(false);

        private final boolean passes;

        Outcome(boolean passes) {
            this.passes = passes;
        }

        boolean passes() {
            return passes;
        }
    }
}
