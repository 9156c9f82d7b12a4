package dev.hardening.ratelimit;

import io.github.bucket4j.BucketState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a take in the heap came to; its figures are worked out when somebody asks.
 *
 * <p>{@code tokens} is what was taken, or below zero what was refused. One of these is made for each decision, so it
 * holds no more than it must.
 */
record LocalTake(LocalSpace space, Cell cell, @Nullable Cell stripe, BucketState state, int tokens)
        implements BucketStore.Take {
    static LocalTake of(BucketStore.Take take) {
        return take instanceof TimedTake timed ? timed.take() : (LocalTake) take;
    }

    @Override
    public boolean granted() {
        return tokens >= 0;
    }

    /** Whether all who have no key share the bucket. */
    static boolean isNobodys(BucketStore.Take take) {
        BucketStore.Take plain = take instanceof TimedTake timed ? timed.take() : take;
        return plain instanceof LocalTake local
                && local.cell instanceof LocalTable.Entry entry
                && entry.key == KeySpec.NOBODY;
    }

    @Override
    public List<BucketStore.Level> levels() {
        return levels(0);
    }

    /** The figures as of a time, which matters only to limits that come back by interval. */
    List<BucketStore.Level> levels(long time) {
        return space.limits().levels(state, time, Math.max(0, -(long) tokens));
    }

    @Override
    public BucketStore.Source source() {
        return cell instanceof LocalTable.Entry ? BucketStore.Source.LOCAL : BucketStore.Source.OVERFLOW;
    }

    @Override
    public void undo() {
        if (tokens > 0) {
            space.undo(cell, stripe, tokens);
        }
    }

    /** Takes more from where this was taken; a key that has left the table in the meantime enters it again. */
    void charge(long more) {
        if (cell instanceof LocalTable.Entry entry) {
            space.debitBy(entry.key, more);
        } else {
            space.charge(cell, more);
        }
    }
}
