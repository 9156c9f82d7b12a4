package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Leases.Holder;
import dev.hardening.ratelimit.Leases.Lease;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A take from a lease. What is left of that counts as available: it is the key's own. */
record LeasedTake(LeasedSpace space, Holder holder, Lease lease, Spent spent) implements Take {
    @Override
    public boolean granted() {
        return true;
    }

    @Override
    public Source source() {
        return spent.source();
    }

    @Override
    public List<Level> levels() {
        return lease.levels().stream()
                .map(level -> new Level(level.available() + spent.left(), next(level.nextToken()), Duration.ZERO))
                .toList();
    }

    @Override
    public void undo() {
        if (spent.tokens() > 0) {
            space.undo(holder, lease, spent.tokens());
        }
    }

    @Override
    public CompletionStage<?> undoAsync() {
        return spent.tokens() == 0
                ? CompletableFuture.completedStage(true)
                : space.undoAsync(holder, lease, spent.tokens());
    }

    /** Zero would say that the limit is untouched. */
    private Duration next(Duration wait) {
        Duration rest = wait.minusNanos(spent.age());
        return rest.isNegative() || rest.isZero() ? Duration.ofNanos(1) : rest;
    }

    /** What was spent of a lease, what was left of it then, and how old it was. */
    record Spent(long tokens, long left, long age, Source source) {}
}
