package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.JointDecision.Missing;
import dev.hardening.ratelimit.JointDecision.Verdict;
import dev.hardening.ratelimit.Part.State;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Adds up what the buckets of one decision say; for one thread. */
final class Tally {
    private static final Duration STORE_RETRY = Check.STORE_RETRY;

    private final RateLimitListener listener;
    private final List<String> violated = new ArrayList<>(0);
    private final List<String> shadowViolated = new ArrayList<>(0);
    private Outcome outcome = Outcome.ALLOWED;
    private Duration retryAfter = Duration.ZERO;
    private Missing missing = Missing.NOTHING;

    Tally(RateLimitListener listener) {
        this.listener = listener;
    }

    boolean refused() {
        return !outcome.passes();
    }

    void answered(Part part, Take take, State granted) {
        Duration wait = take.granted() ? Duration.ZERO : take.retryAfter();
        part.answered(take, granted);
        if (take.source() == Source.FALLBACK) {
            missing = Missing.A_STORE;
        }
        if (!take.granted()) {
            refuse(part, Outcome.DENIED, wait);
        }
    }

    void failed(Part part, Operation operation, Throwable failure) {
        Policy policy = part.policy();
        listener.storeFailed(new RateLimitEvent.StoreFailed(policy.name(), operation, policy.failureMode(), failure));
        if (operation != Operation.TAKE) {
            return;
        }
        if (policy.failureMode() == FailureMode.OPEN || part.shadow) {
            missing = Missing.A_STORE;
        } else {
            refuse(part, Outcome.STORE_DENIED, STORE_RETRY);
        }
    }

    /** Whether a store has left a part without an answer, so that others of it are not to be waited for. */
    boolean silent() {
        return outcome == Outcome.STORE_DENIED;
    }

    void never(Part part) {
        refuse(part, Outcome.NEVER, Duration.ZERO);
    }

    void blocked(Part part, Duration left) {
        refuse(part, Outcome.DENIED, left);
    }

    Decision decision(List<Part> parts) {
        boolean waits = outcome != Outcome.NEVER;
        Verdict verdict = new Verdict(
                List.copyOf(violated), List.copyOf(shadowViolated), waits ? retryAfter : Duration.ZERO, missing);
        boolean tried = outcome == Outcome.ALLOWED && !shadowViolated.isEmpty();
        return new JointDecision(tried ? Outcome.SHADOW_DENIED : outcome, parts, verdict, listener);
    }

    private void refuse(Part part, Outcome why, Duration wait) {
        List<String> names = part.shadow ? shadowViolated : violated;
        String name = part.policy().name();
        if (!names.contains(name)) {
            names.add(name);
        }
        if (part.shadow) {
            return;
        }
        // What no wait helps outranks a limit, and a limit, which is known for certain, a store that is silent.
        outcome = rank(why) > rank(outcome) ? why : outcome;
        retryAfter = wait.compareTo(retryAfter) > 0 ? wait : retryAfter;
    }

    private static int rank(Outcome outcome) {
        return switch (outcome) {
            case NEVER -> 3;
            case DENIED -> 2;
            case STORE_DENIED -> 1;
            case ALLOWED, SHADOW_DENIED, EXEMPT -> 0;
        };
    }
}
