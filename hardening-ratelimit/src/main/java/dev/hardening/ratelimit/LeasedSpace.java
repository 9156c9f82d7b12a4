package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Leases.Holder;
import dev.hardening.ratelimit.Leases.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one policy, bought from in advance.
 *
 * <p>Every token spent here was taken from the shared bucket before, so over all time no more is admitted than the
 * limits allow. But a token bought earlier may be spent later: in any window this process admits at most {@code tokens}
 * more for a key than it would without leases, since it never holds more for it: one caller at a time buys, the others
 * ask the store for just what they need, and what is left of the old lease counts towards the new one.
 *
 * <p>A lease dies after its life. What is left then goes back with the next call for the key, or, if the key is idle,
 * with calls for others, one at a time; a call pays at most one such refund beside its own questions.
 */
final class LeasedSpace implements Space {
    private final Space shared;
    private final long tokens;
    private final Leases leases;
    private final long life;
    private final LongSupplier ticker;

    LeasedSpace(Space shared, long tokens, Leases leases, LeaseSpec spec) {
        this.shared = shared;
        this.tokens = tokens;
        this.leases = leases;
        this.life = spec.life().toNanos();
        this.ticker = spec.ticker();
    }

    @Override
    public Take take(String key, long cost) {
        Holder holder = leases.of(key);
        Take leased = leased(holder, cost);
        if (leased != null) {
            return leased;
        }
        giveOneBack();
        if (!mayBuy(holder, cost)) {
            return shared.take(key, cost);
        }
        try {
            return buy(holder, cost);
        } finally {
            holder.buying.set(false);
        }
    }

    @Override
    public CompletionStage<Take> takeAsync(String key, long cost) {
        Holder holder = leases.of(key);
        Take leased = leased(holder, cost);
        if (leased != null) {
            return CompletableFuture.completedStage(leased);
        }
        giveOneBackAsync();
        if (!mayBuy(holder, cost)) {
            return shared.takeAsync(key, cost);
        }
        try {
            return buyAsync(holder, cost).whenComplete((take, failure) -> holder.buying.set(false));
        } catch (RuntimeException | Error failure) {
            holder.buying.set(false);
            throw failure;
        }
    }

    /** What is left of a lease is not refused by the store. */
    @Override
    public Optional<Take> knownRefusal(String key, long cost) {
        Holder holder = leases.present(key);
        boolean held = holder != null && holder.lease.lives(ticker.getAsLong()) && holder.lease.left() >= cost;
        return held ? Optional.empty() : shared.knownRefusal(key, cost);
    }

    @Override
    public Take peek(String key, long cost) {
        Take leased = left(key, cost);
        return leased == null ? shared.peek(key, cost) : leased;
    }

    @Override
    public CompletionStage<Take> peekAsync(String key, long cost) {
        Take leased = left(key, cost);
        return leased == null ? shared.peekAsync(key, cost) : CompletableFuture.completedStage(leased);
    }

    private @Nullable Take left(String key, long cost) {
        Holder holder = leases.present(key);
        long now = ticker.getAsLong();
        if (holder != null) {
            Lease lease = holder.lease;
            long left = lease.left();
            if (lease.lives(now) && left >= cost) {
                return new LeasedTake(this, holder, lease, new Spent(0, left, lease.age(now), Source.LEASE));
            }
        }
        return null;
    }

    /** A lease is no way around a penalty. */
    @Override
    public void debit(String key, long cost) {
        long left = claim(key);
        if (left > 0) {
            shared.credit(key, left);
        }
        shared.debit(key, cost);
    }

    @Override
    public CompletionStage<?> debitAsync(String key, long cost) {
        long left = claim(key);
        CompletionStage<?> before = left == 0 ? CompletableFuture.completedStage(true) : shared.creditAsync(key, left);
        return before.thenCompose(given -> shared.debitAsync(key, cost));
    }

    @Override
    public void credit(String key, long cost) {
        shared.credit(key, cost);
    }

    @Override
    public CompletionStage<?> creditAsync(String key, long cost) {
        return shared.creditAsync(key, cost);
    }

    /** The bucket is full then, and what was held beside it would be more than that. */
    @Override
    public void reset(String key) {
        claim(key);
        shared.reset(key);
    }

    @Override
    public boolean blocking() {
        return shared.blocking();
    }

    @Override
    public OptionalLong size() {
        return shared.size();
    }

    /** Credits everything that is held, until the store does not take it. */
    void giveAllBack() {
        for (Leases.Rest rest : leases.all()) {
            if (!given(rest)) {
                return;
            }
        }
    }

    private @Nullable Take leased(Holder holder, long cost) {
        Lease lease = holder.lease;
        long now = ticker.getAsLong();
        if (!lease.lives(now)) {
            return null;
        }
        long left = lease.take(cost);
        return left < 0
                ? null
                : new LeasedTake(this, holder, lease, new Spent(cost, left, lease.age(now), Source.LEASE));
    }

    private boolean mayBuy(Holder holder, long cost) {
        return cost < tokens && holder.mayBuy(ticker.getAsLong());
    }

    private Take buy(Holder holder, long cost) {
        Purchase purchase = new Purchase(holder, ticker.getAsLong());
        long dead = purchase.dead();
        if (dead > 0 && !given(new Leases.Rest(holder.key, dead))) {
            leases.putAside(holder.key, dead);
        }
        Take bought;
        try {
            bought = shared.take(holder.key, tokens - purchase.kept);
        } catch (RuntimeException | Error failure) {
            purchase.failed();
            throw failure;
        }
        Take take = purchase.opened(bought, cost);
        if (take == null) {
            return shared.take(holder.key, cost);
        }
        Leases.Rest lost = purchase.lost();
        if (lost != null) {
            given(lost);
        }
        return take;
    }

    private CompletionStage<Take> buyAsync(Holder holder, long cost) {
        Purchase purchase = new Purchase(holder, ticker.getAsLong());
        long dead = purchase.dead();
        CompletionStage<?> before = dead == 0
                ? CompletableFuture.completedStage(true)
                : givenAsync(new Leases.Rest(holder.key, dead)).thenAccept(taken -> {
                    if (!taken) {
                        leases.putAside(holder.key, dead);
                    }
                });
        return before.thenCompose(given -> shared.takeAsync(holder.key, tokens - purchase.kept))
                .whenComplete((bought, failure) -> {
                    if (failure != null) {
                        purchase.failed();
                    }
                })
                .thenCompose(bought -> {
                    Take take = purchase.opened(bought, cost);
                    if (take == null) {
                        return shared.takeAsync(holder.key, cost);
                    }
                    Leases.Rest lost = purchase.lost();
                    if (lost != null) {
                        givenAsync(lost);
                    }
                    return CompletableFuture.completedStage(take);
                });
    }

    private void undo(Holder holder, Lease lease, long cost) {
        long rest = putBack(holder, lease, cost);
        if (rest > 0) {
            shared.credit(holder.key, rest);
        }
    }

    private CompletionStage<?> undoAsync(Holder holder, Lease lease, long cost) {
        long rest = putBack(holder, lease, cost);
        return rest == 0 ? CompletableFuture.completedStage(true) : shared.creditAsync(holder.key, rest);
    }

    /** To the lease if that still lives and has room; what has to go to the store instead. */
    private long putBack(Holder holder, Lease lease, long cost) {
        boolean back = holder.lease == lease && lease.lives(ticker.getAsLong()) && lease.put(cost, tokens);
        if (!back) {
            return cost;
        }
        return holder.lease != lease || !leases.holds(holder) ? lease.claim() : 0;
    }

    private long claim(String key) {
        Holder holder = leases.present(key);
        return holder == null ? 0 : holder.lease.claim();
    }

    private void giveOneBack() {
        Leases.Rest rest = leases.idle();
        if (rest != null) {
            given(rest);
        }
    }

    private void giveOneBackAsync() {
        Leases.Rest rest = leases.idle();
        if (rest != null) {
            givenAsync(rest);
        }
    }

    /** Whether the store took it; that it did not is no fault of the call that brings it. */
    private boolean given(Leases.Rest rest) {
        try {
            shared.credit(rest.key(), rest.tokens());
            return true;
        } catch (RuntimeException refused) {
            return false;
        }
    }

    private CompletionStage<Boolean> givenAsync(Leases.Rest rest) {
        try {
            return shared.creditAsync(rest.key(), rest.tokens()).handle((taken, failure) -> failure == null);
        } catch (RuntimeException refused) {
            return CompletableFuture.completedStage(false);
        }
    }

    /** One attempt to buy, by the only caller who may for this key. */
    private final class Purchase {
        private final Holder holder;
        private final Lease before;
        private final long now;
        private long kept;

        private Purchase(Holder holder, long now) {
            this.holder = holder;
            this.before = holder.lease;
            this.now = now;
            this.kept = before.close();
        }

        /** What an outlived lease had left, to be given back. */
        long dead() {
            long dead = before.lives(now) ? 0 : kept;
            kept -= dead;
            return dead;
        }

        void failed() {
            before.reopen(kept);
            if (!leases.holds(holder)) {
                leases.putAside(holder.key, before.claim());
            }
        }

        /** A new lease, and the cost paid from it; or null if there was nothing to be had in advance. */
        @Nullable
        Take opened(Take bought, long cost) {
            if (!bought.granted() || bought.source() != Source.SHARED) {
                if (bought.granted()) {
                    bought.undo();
                }
                failed();
                holder.pause(now, life);
                return null;
            }
            long left = tokens - cost;
            Lease lease = new Lease(now, life, left, bought.levels());
            holder.lease = lease;
            return new LeasedTake(LeasedSpace.this, holder, lease, new Spent(cost, left, 0, Source.SHARED));
        }

        /** What was bought for a key that has been put aside meanwhile, so that nobody will find it. */
        Leases.@Nullable Rest lost() {
            if (leases.holds(holder)) {
                return null;
            }
            long left = holder.lease.claim();
            return left == 0 ? null : new Leases.Rest(holder.key, left);
        }
    }

    /** What was spent of a lease, what was left of it then, and how old it was. */
    private record Spent(long tokens, long left, long age, Source source) {}

    /** What is left of the lease counts as available: it is the key's own. */
    private record LeasedTake(LeasedSpace space, Holder holder, Lease lease, Spent spent) implements Take {
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
    }
}
