package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.ratelimit.RateLimiter.PolicyBuckets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One decision over all policies, for one thread.
 *
 * <p>Each policy takes; from the first refusal on, the rest are only asked, and what was taken is given back. A
 * concurrent request may be refused by tokens that are about to be given back; none is let through that should not be.
 */
final class Check {
    static final Duration STORE_RETRY = Duration.ofSeconds(2);

    private final List<PolicyBuckets> policies;
    private final RateLimitListener listener;
    private final List<LimitStatus> statuses = new ArrayList<>();
    private final List<String> violated = new ArrayList<>(0);
    private final List<Taken> taken = new ArrayList<>();
    private Outcome outcome = Outcome.ALLOWED;
    private Duration retryAfter = Duration.ZERO;
    private boolean degraded;

    Check(List<PolicyBuckets> policies, RateLimitListener listener) {
        this.policies = policies;
        this.listener = listener;
    }

    Decision run(RequestFacts facts) {
        // All keys before the first take: a reader of the application that throws must not cost anybody a token.
        List<Optional<String>> keys = new ArrayList<>(policies.size());
        for (PolicyBuckets entry : policies) {
            keys.add(entry.key(facts));
        }
        for (int index = 0; index < keys.size(); index++) {
            PolicyBuckets entry = policies.get(index);
            keys.get(index).ifPresent(key -> ask(entry, key));
        }
        if (outcome != Outcome.ALLOWED) {
            taken.forEach(this::refund);
        }
        return new Decision(outcome, statuses, violated, retryAfter, degraded);
    }

    private void ask(PolicyBuckets entry, String key) {
        Policy policy = entry.policy();
        try {
            boolean taking = outcome == Outcome.ALLOWED;
            Take take = taking
                    ? entry.space().take(key, policy.cost())
                    : entry.space().peek(key, policy.cost());
            note(policy, take);
        } catch (RuntimeException failure) {
            // A store is somebody else's code: whatever it throws, the request gets an answer.
            fail(policy, failure);
        }
    }

    private void note(Policy policy, Take take) {
        for (int index = 0; index < policy.limits().size(); index++) {
            BucketStore.Level level = take.levels().get(index);
            statuses.add(new LimitStatus(
                    policy.name(),
                    policy.limits().get(index),
                    Math.max(0, level.available()),
                    level.nextToken(),
                    level.retryAfter(),
                    policy.visibility()));
        }
        if (take.granted()) {
            long cost = outcome == Outcome.ALLOWED ? policy.cost() : 0;
            taken.add(new Taken(policy, take, statuses.size(), cost));
            return;
        }
        violated.add(policy.name());
        refuse(Outcome.DENIED, take.retryAfter());
    }

    private void fail(Policy policy, RuntimeException failure) {
        listener.storeFailed(
                new RateLimitEvent.StoreFailed(policy.name(), Operation.TAKE, policy.failureMode(), failure));
        if (policy.failureMode() == FailureMode.OPEN) {
            degraded = true;
            return;
        }
        violated.add(policy.name());
        refuse(Outcome.STORE_DENIED, STORE_RETRY);
    }

    /** A limit's refusal outranks a store's: it is the caller's own doing and known for certain. */
    private void refuse(Outcome why, Duration wait) {
        outcome = outcome == Outcome.DENIED ? outcome : why;
        retryAfter = wait.compareTo(retryAfter) > 0 ? wait : retryAfter;
    }

    private void refund(Taken part) {
        try {
            part.take().undo();
            int first = part.statusesEnd() - part.policy().limits().size();
            statuses.subList(first, part.statusesEnd()).replaceAll(status -> givenBack(status, part.cost()));
        } catch (RuntimeException failure) {
            Policy policy = part.policy();
            listener.storeFailed(
                    new RateLimitEvent.StoreFailed(policy.name(), Operation.REFUND, policy.failureMode(), failure));
        }
    }

    /** Whole tokens go back, so the next one comes when it would have come, unless the limit is untouched again. */
    private static LimitStatus givenBack(LimitStatus status, long cost) {
        long remaining = Math.min(status.limit().capacity(), status.remaining() + cost);
        return new LimitStatus(
                status.policy(),
                status.limit(),
                remaining,
                remaining == status.limit().capacity() ? Duration.ZERO : status.nextToken(),
                status.retryAfter(),
                status.visibility());
    }

    private record Taken(Policy policy, Take take, int statusesEnd, long cost) {}
}
