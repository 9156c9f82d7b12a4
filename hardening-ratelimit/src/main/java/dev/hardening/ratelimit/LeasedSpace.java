package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.LeasedTake.Spent;
import dev.hardening.ratelimit.Leases.Holder;
import dev.hardening.ratelimit.Leases.Lease;
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

    /** A lease is no way around a penalty, and neither is one that was being bought when the penalty came. */
    @Override
    public void debit(String key, long cost) {
        shared.debit(key, cost);
        long left = ended(key);
        if (left > 0) {
            giveBack(new Leases.Rest(key, left));
        }
    }

    @Override
    public CompletionStage<?> debitAsync(String key, long cost) {
        return shared.debitAsync(key, cost).thenCompose(taken -> {
            long left = ended(key);
            return left == 0 ? CompletableFuture.completedStage(true) : giveBackAsync(new Leases.Rest(key, left));
        });
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
        shared.reset(key);
        Holder holder = leases.present(key);
        if (holder != null) {
            holder.forfeit();
        }
    }

    @Override
    public boolean blocking() {
        return shared.blocking();
    }

    @Override
    public OptionalLong size() {
        return shared.size();
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
        Take unbought = purchase.unneeded(cost);
        if (unbought != null) {
            return unbought;
        }
        long dead = purchase.dead();
        if (dead > 0) {
            giveBack(new Leases.Rest(holder.key, dead));
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
            giveBack(lost);
        }
        return take;
    }

    private CompletionStage<Take> buyAsync(Holder holder, long cost) {
        Purchase purchase = new Purchase(holder, ticker.getAsLong());
        Take unbought = purchase.unneeded(cost);
        if (unbought != null) {
            return CompletableFuture.completedStage(unbought);
        }
        long dead = purchase.dead();
        CompletionStage<?> before =
                dead == 0 ? CompletableFuture.completedStage(true) : giveBackAsync(new Leases.Rest(holder.key, dead));
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
                        giveBackAsync(lost);
                    }
                    return CompletableFuture.completedStage(take);
                });
    }

    void undo(Holder holder, Lease lease, long cost) {
        long rest = putBack(holder, lease, cost);
        if (rest > 0) {
            shared.credit(holder.key, rest);
        }
    }

    CompletionStage<?> undoAsync(Holder holder, Lease lease, long cost) {
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

    /** What the lease of a key had left, which is over now, as is one that is being bought. */
    private long ended(String key) {
        Holder holder = leases.present(key);
        return holder == null ? 0 : holder.end();
    }

    private void giveOneBack() {
        Leases.Rest rest = leases.idle();
        if (rest != null) {
            given(shared, rest);
        }
    }

    private void giveOneBackAsync() {
        Leases.Rest rest = leases.idle();
        if (rest != null) {
            givenAsync(rest);
        }
    }

    private void giveBack(Leases.Rest rest) {
        if (!given(shared, rest)) {
            leases.putAside(rest);
        }
    }

    private CompletionStage<Boolean> giveBackAsync(Leases.Rest rest) {
        return givenAsync(rest).thenApply(taken -> {
            if (!taken) {
                leases.putAside(rest);
            }
            return taken;
        });
    }

    /** Whether the store took it; that it did not is no fault of the call that brings it. */
    static boolean given(Space shared, Leases.Rest rest) {
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
        private final int forfeits;
        private @Nullable Lease made;
        private long kept;

        private Purchase(Holder holder, long now) {
            this.holder = holder;
            this.forfeits = holder.forfeits();
            this.before = holder.lease;
            this.now = now;
            this.kept = before.close();
        }

        /** What has come back since the lease had too little may be enough; then nothing is bought. */
        @Nullable
        Take unneeded(long cost) {
            if (kept < cost || !before.lives(now)) {
                return null;
            }
            reopen(kept - cost);
            return new LeasedTake(
                    LeasedSpace.this, holder, before, new Spent(cost, kept - cost, before.age(now), Source.LEASE));
        }

        /** What an outlived lease had left, to be given back. */
        long dead() {
            long dead = before.lives(now) ? 0 : kept;
            kept -= dead;
            return dead;
        }

        void failed() {
            reopen(kept);
        }

        private void reopen(long left) {
            before.reopen(left);
            Leases.Rest rest = orphaned(before);
            if (rest != null) {
                leases.putAside(rest);
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
            made = lease;
            holder.replace(before, lease);
            return new LeasedTake(LeasedSpace.this, holder, lease, new Spent(cost, left, 0, Source.SHARED));
        }

        /** What was bought for a key that has been penalised or put aside meanwhile. */
        Leases.@Nullable Rest lost() {
            Lease lease = made;
            return lease == null ? null : orphaned(lease);
        }

        /** What a lease has left that nobody will find, or may find, under its key; null after a reset, which ate it. */
        private Leases.@Nullable Rest orphaned(Lease lease) {
            if (holder.lease == lease && leases.holds(holder)) {
                return null;
            }
            long left = lease.claim();
            return left == 0 || holder.forfeits() != forfeits ? null : new Leases.Rest(holder.key, left);
        }
    }
}
