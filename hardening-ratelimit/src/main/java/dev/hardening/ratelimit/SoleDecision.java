package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/** The decision of the only policy, made in the heap; as small as it can be, since one is made for each request. */
final class SoleDecision extends Decision {
    private static final AtomicIntegerFieldUpdater<SoleDecision> RETURNED =
            AtomicIntegerFieldUpdater.newUpdater(SoleDecision.class, "returned");

    private final Unit unit;
    private final Take take;

    @SuppressWarnings("UnusedVariable") // changed through RETURNED, which spares an object for each decision
    private volatile int returned;

    SoleDecision(Unit unit, Take take) {
        this.unit = unit;
        this.take = take;
    }

    @Override
    public Outcome outcome() {
        return take.granted() ? Outcome.ALLOWED : Outcome.DENIED;
    }

    @Override
    public List<LimitStatus> statuses() {
        Part part = new Part(unit, this, unit.policy().cost(), false);
        part.answered(take, Part.State.TAKEN);
        List<LimitStatus> statuses = new ArrayList<>(unit.limits().size());
        part.addStatuses(statuses);
        return List.copyOf(statuses);
    }

    @Override
    public List<String> violated() {
        return take.granted() ? List.of() : List.of(unit.policy().name());
    }

    @Override
    public Duration retryAfter() {
        return take.granted() ? Duration.ZERO : take.retryAfter();
    }

    @Override
    public void refund() {
        if (take.granted() && RETURNED.compareAndSet(this, 0, 1)) {
            take.undo();
        }
    }

    @Override
    public void charge(String policy, long tokens) {
        requireCharge(tokens);
        if (Objects.requireNonNull(policy, "policy").equals(unit.policy().name())) {
            LocalTake.of(take).charge(tokens);
        }
    }
}
