package dev.hardening.ratelimit;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import java.util.Objects;
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

    LocalSpace(LocalTable table, CompiledLimits limits) {
        this.table = table;
        this.limits = limits;
    }

    CompiledLimits limits() {
        return limits;
    }

    @Override
    public BucketStore.Take take(String key, long tokens) {
        return takeBy(key, tokens);
    }

    /** Takes by any key with equality whose text tells it apart; a string that the caller has at hand costs nothing. */
    BucketStore.Take takeBy(Object key, long tokens) {
        requireTokens(tokens);
        while (true) {
            LocalTable.Entry entry = table.find(key);
            if (entry != null) {
                return take(entry, tokens);
            }
            Cell stripe = table.stripe(key);
            LocalTake take = take(stripe, null, tokens);
            if (!take.granted() || table.present(key) == null) {
                return take;
            }
            take.undo();
        }
    }

    @Override
    public BucketStore.Take peek(String key, long tokens) {
        return peekBy(key, tokens);
    }

    BucketStore.Take peekBy(Object key, long tokens) {
        requireTokens(tokens);
        LocalTable.Entry entry = table.present(key);
        Cell stripe = entry == null ? table.stripeIfAny(table.stripeOf(key)) : bound(entry);
        if (entry == null && stripe == null) {
            return BucketStore.Take.of(true, limits.untouched(), BucketStore.Source.LOCAL, LocalSpace::nothing);
        }
        LocalTake shared = stripe == null ? null : look(stripe, tokens);
        LocalTake own = entry == null ? null : look(entry, tokens);
        if (own == null || (shared != null && shared.retryAfter().compareTo(own.retryAfter()) > 0)) {
            return Objects.requireNonNull(shared);
        }
        return own;
    }

    @Override
    public void debit(String key, long tokens) {
        debitBy(key, tokens);
    }

    void debitBy(Object key, long tokens) {
        requireTokens(tokens);
        while (true) {
            LocalTable.Entry entry = table.find(key);
            long now = table.now();
            if (entry == null) {
                table.stripe(key).debit(configuration(), now, tokens);
                return;
            }
            BucketState state = entry.debit(configuration(), now, tokens);
            entry.fullAt(now + CompiledLimits.nanosToFull(state, now));
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
        requireTokens(tokens);
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

    private LocalTake take(LocalTable.Entry entry, long tokens) {
        if (!entry.bound) {
            return take(entry, null, tokens);
        }
        Cell stripe = bound(entry);
        LocalTake own = take(entry, stripe, tokens);
        if (stripe == null || !own.granted()) {
            return own;
        }
        LocalTake shared = take(stripe, null, tokens);
        if (!shared.granted()) {
            entry.credit(configuration(), table.now(), tokens);
            return shared;
        }
        return own;
    }

    private LocalTake take(Cell cell, @Nullable Cell stripe, long tokens) {
        return cell.take(this, stripe, table.now(), (int) tokens);
    }

    private LocalTake look(Cell cell, long tokens) {
        long now = table.now();
        BucketState state = cell.look(configuration(), now);
        return new LocalTake(this, cell, null, state, now, state.getAvailableTokens() >= tokens ? 0 : (int) -tokens);
    }

    /** The stripe that an entry must also be charged to, or null once the stripe was seen full. */
    private @Nullable Cell bound(LocalTable.Entry entry) {
        if (!entry.bound) {
            return null;
        }
        Cell stripe = table.stripeIfAny(entry.stripe);
        if (stripe == null || isFull(stripe)) {
            entry.bound = false;
            return null;
        }
        return stripe;
    }

    private boolean isFull(Cell cell) {
        long now = table.now();
        return CompiledLimits.nanosToFull(cell.look(configuration(), now), now) == 0;
    }

    /** The limits of the newest version, which decide for all. */
    BucketConfiguration configuration() {
        return table.limits().configuration();
    }

    private static void requireTokens(long tokens) {
        if (tokens < 1 || tokens > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("tokens must be 1 to " + Integer.MAX_VALUE + ", got " + tokens);
        }
    }

    private static void nothing() {}
}
