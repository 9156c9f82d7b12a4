package dev.hardening.ratelimit;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import java.lang.ref.Reference;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one version of a policy in the heap.
 *
 * <p>A key that was charged to its stripe ({@link LocalTable}) and enters the table later would have two buckets, twice
 * its limit. So an entry begins bound to its stripe: every take is charged to both until the stripe was once seen full.
 * At that instant the stripe remembers nothing about the key, and the bound of the entry's own bucket is the whole
 * bound. The other order, a key entering while a thread is charging its stripe, is caught after the charge: the thread
 * looks the key up again, and if it is there now, gives the stripe its tokens back and starts over with the entry.
 */
final class LocalSpace implements BucketStore.Space {
    private final LocalTable table;
    private final CompiledLimits limits;
    private final long version;

    LocalSpace(LocalTable table, CompiledLimits limits, long version) {
        this.table = table;
        this.limits = limits;
        this.version = version;
    }

    /** Makes these limits the ones that decide, if they are the newest. */
    void adopt() {
        table.adopt(limits, version);
    }

    CompiledLimits limits() {
        return limits;
    }

    LocalTable table() {
        return table;
    }

    @Override
    public BucketStore.Take take(String key, long tokens) {
        return takeBy(key, tokens);
    }

    /** Takes by any key with equality whose text tells it apart; a string that the caller has at hand costs nothing. */
    BucketStore.Take takeBy(Object key, long tokens) {
        int amount = checked(tokens);
        adopt();
        while (true) {
            LocalTable.Entry entry = table.find(key);
            long now = table.now();
            if (entry != null) {
                return told(take(entry, now, amount), now);
            }
            LocalTake take = table.stripe(key).take(this, null, now, amount);
            if (!take.granted() || table.present(key) == null) {
                return told(take, now);
            }
            take.undo();
        }
    }

    @Override
    public BucketStore.Take peek(String key, long tokens) {
        return peekBy(key, tokens);
    }

    BucketStore.Take peekBy(Object key, long tokens) {
        int amount = checked(tokens);
        adopt();
        long now = table.now();
        LocalTable.Entry entry = table.present(key);
        if (entry == null) {
            return peekStranger(key, amount, now);
        }
        BucketStore.Take own = told(look(entry, now, amount), now);
        Cell stripe = bound(entry, now);
        if (stripe == null) {
            return own;
        }
        BucketStore.Take shared = told(look(stripe, now, amount), now);
        return shared.retryAfter().compareTo(own.retryAfter()) > 0 ? shared : own;
    }

    /** A key without an entry stands as its stripe does, or as one that comes for the first time if that is full. */
    private BucketStore.Take peekStranger(Object key, int tokens, long now) {
        Cell stripe = table.stripeIfAny(table.stripeOf(key));
        if (stripe == null || (table.isFull(stripe, now) && table.hasRoom())) {
            return BucketStore.Take.granted(limits.untouched(), BucketStore.Source.LOCAL, KnownTake::nothing);
        }
        return told(look(stripe, now, tokens), now);
    }

    @Override
    public void debit(String key, long tokens) {
        debitBy(key, tokens);
    }

    /** The table of a space that nobody can reach may go ({@link KeptByName}), but not with a debt on its way to it. */
    void debitBy(Object key, long tokens) {
        checked(tokens);
        adopt();
        try {
            owe(key, tokens);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void owe(Object key, long tokens) {
        while (true) {
            LocalTable.Entry entry = table.find(key);
            long now = table.now();
            if (entry == null) {
                Cell stripe = table.stripe(key);
                stripe.debit(configuration(), now, tokens);
                // A key that has entered meanwhile may be free of the stripe, and the debt is to be made again.
                if (table.present(key) == null) {
                    return;
                }
                stripe.credit(configuration(), now, tokens);
                continue;
            }
            BucketState state = entry.debit(configuration(), now, tokens);
            entry.owes(now, CompiledLimits.nanosToFull(state, now));
            // Reading again makes the table count with the debt; if the entry has just left, the debt is still to be
            // made.
            if (table.present(key) == entry) {
                return;
            }
        }
    }

    @Override
    public void credit(String key, long tokens) {
        creditBy(key, tokens);
    }

    /** A key without an entry shares a stripe; what it is given there would be given to others. */
    void creditBy(Object key, long tokens) {
        checked(tokens);
        LocalTable.Entry entry = table.present(key);
        if (entry != null) {
            entry.credit(configuration(), table.now(), tokens);
        }
    }

    @Override
    public void reset(String key) {
        resetBy(key);
    }

    void resetBy(Object key) {
        LocalTable.Entry entry = table.present(key);
        if (entry != null) {
            entry.fill(configuration(), table.now());
        }
    }

    @Override
    public boolean blocking() {
        return false;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(table.size());
    }

    /** Gives back what was taken from a bucket and from the stripe that was charged with it. */
    void undo(Cell cell, @Nullable Cell stripe, long tokens) {
        long now = table.now();
        cell.credit(configuration(), now, tokens);
        if (stripe != null) {
            stripe.credit(configuration(), now, tokens);
        }
    }

    void charge(Cell stripe, long tokens) {
        try {
            stripe.debit(configuration(), table.now(), tokens);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private LocalTake take(LocalTable.Entry entry, long now, int tokens) {
        Cell stripe = bound(entry, now);
        LocalTake own = entry.take(this, stripe, now, tokens);
        if (stripe == null || !own.granted()) {
            return own;
        }
        LocalTake shared = stripe.take(this, null, now, tokens);
        if (shared.granted()) {
            return own;
        }
        entry.credit(configuration(), now, tokens);
        return shared;
    }

    private LocalTake look(Cell cell, long now, int tokens) {
        BucketState state = cell.look(configuration(), now);
        return new LocalTake(this, cell, null, state, state.getAvailableTokens() >= tokens ? 0 : -tokens);
    }

    private BucketStore.Take told(LocalTake take, long now) {
        return limits.byInterval() ? new TimedTake(take, now) : take;
    }

    /** The stripe that an entry must also be charged to, or null once the stripe was seen full. */
    private @Nullable Cell bound(LocalTable.Entry entry, long now) {
        if (!entry.bound) {
            return null;
        }
        Cell stripe = table.stripeIfAny(entry.stripe);
        if (stripe == null || table.isFull(stripe, now)) {
            entry.bound = false;
            return null;
        }
        return stripe;
    }

    /** The limits of the newest version, which decide for all. */
    BucketConfiguration configuration() {
        return table.limits().configuration();
    }

    private static int checked(long tokens) {
        if (tokens < 1 || tokens > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("tokens must be 1 to " + Integer.MAX_VALUE + ", got " + tokens);
        }
        return (int) tokens;
    }
}
