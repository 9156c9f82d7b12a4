package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a cache in this process knows to be refused; as small as it can be, since a flood makes one after the other. */
final class RefusedDecision extends Decision {
    private final List<Unit> all;
    private final RequestFacts facts;
    private final Unit unit;
    private final Take take;
    private final RateLimitListener listener;

    private RefusedDecision(List<Unit> all, RequestFacts facts, Unit unit, Take take, RateLimitListener listener) {
        this.all = all;
        this.facts = facts;
        this.unit = unit;
        this.take = take;
        this.listener = listener;
    }

    /** What is known of the first bucket that is known to be empty, or null; all of them are in shared stores. */
    static @Nullable Decision find(List<Unit> all, RequestFacts facts, RateLimitListener listener) {
        for (Unit unit : all) {
            Object found = unit.policy().keyOf(facts);
            Take take = found == null ? null : unit.remembered(unit.key(found));
            if (take != null) {
                return new RefusedDecision(all, facts, unit, take, listener);
            }
        }
        return null;
    }

    @Override
    public Outcome outcome() {
        return Outcome.DENIED;
    }

    @Override
    public List<LimitStatus> statuses() {
        Part part = new Part(unit, this, unit.policy().cost(), false);
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
        Objects.requireNonNull(policy, "policy");
        for (Unit each : all) {
            Object found = each.policy().name().equals(policy) ? each.policy().keyOf(facts) : null;
            if (found != null) {
                charge(each, each.key(found), tokens);
            }
        }
    }

    private void charge(Unit charged, Object key, long tokens) {
        try {
            charged.debit(key, tokens);
        } catch (RuntimeException failure) {
            Policy policy = charged.policy();
            listener.storeFailed(
                    new RateLimitEvent.StoreFailed(policy.name(), Operation.PENALTY, policy.failureMode(), failure));
        }
    }
}
