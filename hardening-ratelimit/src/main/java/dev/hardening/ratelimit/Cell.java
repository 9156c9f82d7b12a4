package dev.hardening.ratelimit;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.BucketState;
import io.github.bucket4j.MathType;
import io.github.bucket4j.TokensInheritanceStrategy;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One bucket in the heap: bucket4j's state and arithmetic, changed by compare-and-set.
 *
 * <p>A published state is never changed again, so an answer keeps the state it came to and works its figures out when
 * somebody asks. bucket4j's own lock-free bucket does the same and hands out a probe and a copy on top.
 */
class Cell {
    private static final AtomicReferenceFieldUpdater<Cell, BucketState> STATE =
            AtomicReferenceFieldUpdater.newUpdater(Cell.class, BucketState.class, "state");

    private volatile BucketState state;

    Cell(BucketConfiguration limits, long now) {
        state = BucketState.createInitialState(limits, MathType.INTEGER_64_BITS, now);
    }

    /** Takes, or takes nothing where the tokens are not there; {@code stripe} was charged with it or is null. */
    final LocalTake take(LocalSpace space, @Nullable Cell stripe, long now, int tokens) {
        BucketConfiguration limits = space.configuration();
        while (true) {
            BucketState before = state;
            BucketState after = at(before, limits, now);
            if (after.getAvailableTokens() < tokens) {
                if (isOf(before, limits) || STATE.compareAndSet(this, before, after)) {
                    return new LocalTake(space, this, null, after, -tokens);
                }
                continue;
            }
            after.consume(tokens);
            if (STATE.compareAndSet(this, before, after)) {
                return new LocalTake(space, this, stripe, after, tokens);
            }
        }
    }

    /** The state as it is now, changing nothing. */
    final BucketState look(BucketConfiguration limits, long now) {
        return at(state, limits, now);
    }

    final BucketState debit(BucketConfiguration limits, long now, long tokens) {
        while (true) {
            BucketState before = state;
            BucketState after = at(before, limits, now);
            after.consume(tokens);
            if (STATE.compareAndSet(this, before, after)) {
                return after;
            }
        }
    }

    /** Gives tokens, never above the capacity. */
    final void credit(BucketConfiguration limits, long now, long tokens) {
        while (true) {
            BucketState before = state;
            BucketState after = at(before, limits, now);
            after.addTokens(tokens);
            if (STATE.compareAndSet(this, before, after)) {
                return;
            }
        }
    }

    final void fill(BucketConfiguration limits, long now) {
        while (true) {
            BucketState before = state;
            BucketState after = at(before, limits, now);
            after.reset();
            if (STATE.compareAndSet(this, before, after)) {
                return;
            }
        }
    }

    /** A copy, brought to the time and to the limits; what was used up follows the ids, nothing is filled up. */
    private static BucketState at(BucketState before, BucketConfiguration limits, long now) {
        BucketState after = before.copy();
        after.refillAllBandwidth(now);
        if (isOf(after, limits)) {
            return after;
        }
        return after.replaceConfiguration(limits, TokensInheritanceStrategy.AS_IS, now);
    }

    @SuppressWarnings("ReferenceEquality") // one configuration is made for each version; others mean another version
    private static boolean isOf(BucketState state, BucketConfiguration limits) {
        return state.getConfiguration() == limits;
    }
}
