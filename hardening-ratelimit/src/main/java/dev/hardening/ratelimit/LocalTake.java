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
record LocalTake(LocalSpace space, Cell cell, @Nullable Cell stripe, BucketState state, long time, int tokens)
        implements BucketStore.Take {
    @Override
    public boolean granted() {
        return tokens >= 0;
    }

    @Override
    public List<BucketStore.Level> levels() {
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
}
