package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** What several buckets in the heap have let through; the common case of several policies, without the rest of it. */
final class HeapDecision extends Decision {
    private static final AtomicIntegerFieldUpdater<HeapDecision> RETURNED =
            AtomicIntegerFieldUpdater.newUpdater(HeapDecision.class, "returned");

    private final Unit[] units;
    /** One for each unit, null where the request has no key for it. */
    private final @Nullable Take[] takes;

    @SuppressWarnings("UnusedVariable") // changed through RETURNED, which spares an object for each decision
    private volatile int returned;

    private HeapDecision(Unit[] units, @Nullable Take[] takes) {
        this.units = units;
        this.takes = takes;
    }

    /** Takes from all of them, or gives back what it took and returns null: then there is more to be told. */
    static @Nullable Decision take(Unit[] units, RequestFacts facts) {
        Object[] keys = new Object[units.length];
        for (int index = 0; index < units.length; index++) {
            keys[index] = units[index].policy().keyOf(facts);
        }
        @Nullable Take[] takes = new Take[units.length];
        for (int index = 0; index < units.length; index++) {
            if (keys[index] == null) {
                continue;
            }
            Take take = units[index].take(keys[index], units[index].policy().cost());
            if (!take.granted()) {
                undo(takes);
                return null;
            }
            takes[index] = take;
        }
        return new HeapDecision(units, takes);
    }

    @Override
    public Outcome outcome() {
        return Outcome.ALLOWED;
    }

    @Override
    public List<LimitStatus> statuses() {
        List<LimitStatus> statuses = new ArrayList<>();
        for (int index = 0; index < units.length; index++) {
            Take take = takes[index];
            if (take != null) {
                Part part = new Part(units[index], this, units[index].policy().cost(), false);
                part.answered(take, Part.State.TAKEN);
                part.addStatuses(statuses);
            }
        }
        return List.copyOf(statuses);
    }

    @Override
    public List<String> violated() {
        return List.of();
    }

    @Override
    public Duration retryAfter() {
        return Duration.ZERO;
    }

    @Override
    public void refund() {
        if (RETURNED.compareAndSet(this, 0, 1)) {
            undo(takes);
        }
    }

    @Override
    public void charge(String policy, long tokens) {
        requireCharge(tokens);
        Objects.requireNonNull(policy, "policy");
        for (int index = 0; index < units.length; index++) {
            Take take = takes[index];
            if (take != null && policy.equals(units[index].policy().name())) {
                LocalTake.of(take).charge(tokens);
            }
        }
    }

    private static void undo(@Nullable Take[] takes) {
        for (Take take : takes) {
            if (take != null) {
                take.undo();
            }
        }
    }
}
