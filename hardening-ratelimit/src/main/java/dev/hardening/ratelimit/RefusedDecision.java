package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What a cache in this process knows to be refused; as small as it can be, since a flood makes one after the other. */
final class RefusedDecision extends Decision {
    private final Unit unit;
    private final Object key;
    private final Take take;
    private final RateLimitListener listener;

    RefusedDecision(Unit unit, Object key, Take take, RateLimitListener listener) {
        this.unit = unit;
        this.key = key;
        this.take = take;
        this.listener = listener;
    }

    @Override
    public Outcome outcome() {
        return Outcome.DENIED;
    }

    @Override
    public List<LimitStatus> statuses() {
        Part part = new Part(unit, key, unit.policy().cost(), false);
        part.answered(take, Part.State.PEEKED);
        List<LimitStatus> statuses = new ArrayList<>(unit.limits().size());
        part.addStatuses(statuses);
        return List.copyOf(statuses);
    }

    @Override
    public List<String> violated() {
        return List.of(unit.policy().name());
    }

    @Override
    public Duration retryAfter() {
        return take.retryAfter();
    }

    @Override
    public void refund() {}

    @Override
    public void charge(String policy, long tokens) {
        requireCharge(tokens);
        Policy own = unit.policy();
        if (!Objects.requireNonNull(policy, "policy").equals(own.name())) {
            return;
        }
        try {
            unit.debit(key, tokens);
        } catch (RuntimeException failure) {
            listener.storeFailed(
                    new RateLimitEvent.StoreFailed(own.name(), Operation.PENALTY, own.failureMode(), failure));
        }
    }
}
