package dev.hardening.ratelimit;

import dev.hardening.ratelimit.Part.State;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** What several buckets came to together. */
final class JointDecision extends Decision {
    private final Outcome outcome;
    private final List<Part> parts;
    private final Verdict verdict;
    private final RateLimitListener listener;
    private final AtomicBoolean returned = new AtomicBoolean();

    JointDecision(Outcome outcome, List<Part> parts, Verdict verdict, RateLimitListener listener) {
        this.outcome = outcome;
        this.parts = parts;
        this.verdict = verdict;
        this.listener = listener;
    }

    /** Who refused, and what is to be told about it. */
    record Verdict(List<String> violated, List<String> shadowViolated, Duration retryAfter, Missing missing) {}

    /** Whether every store has answered. */
    enum Missing {
        NOTHING,
        A_STORE
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public List<LimitStatus> statuses() {
        List<LimitStatus> statuses = new ArrayList<>(parts.size());
        parts.forEach(part -> part.addStatuses(statuses));
        return List.copyOf(statuses);
    }

    @Override
    public List<String> violated() {
        return verdict.violated;
    }

    @Override
    public List<String> shadowViolated() {
        return verdict.shadowViolated;
    }

    @Override
    public Duration retryAfter() {
        return verdict.retryAfter;
    }

    @Override
    public boolean degraded() {
        return verdict.missing == Missing.A_STORE;
    }

    @Override
    public void refund() {
        if (allowed() && returned.compareAndSet(false, true)) {
            parts.stream().filter(part -> part.state == State.TAKEN).forEach(this::undo);
        }
    }

    @Override
    public void charge(String policy, long tokens) {
        Objects.requireNonNull(policy, "policy");
        requireCharge(tokens);
        for (Part part : parts) {
            if (part.policy().name().equals(policy)) {
                charge(part, tokens);
            }
        }
    }

    private void charge(Part part, long tokens) {
        try {
            part.unit.debit(part.key, tokens);
        } catch (RuntimeException failure) {
            failed(part, Operation.PENALTY, failure);
        }
    }

    private void undo(Part part) {
        try {
            Objects.requireNonNull(part.take).undo();
        } catch (RuntimeException failure) {
            failed(part, Operation.REFUND, failure);
        }
    }

    private void failed(Part part, Operation operation, RuntimeException failure) {
        Policy policy = part.policy();
        listener.storeFailed(new RateLimitEvent.StoreFailed(policy.name(), operation, policy.failureMode(), failure));
    }
}
