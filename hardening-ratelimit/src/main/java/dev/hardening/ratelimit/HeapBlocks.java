package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/** Blocks in the heap: while there is none, knowing that costs one volatile read. */
final class HeapBlocks implements Blocks {
    private final LocalSpace space;

    HeapBlocks(LocalSpace space) {
        this.space = space;
    }

    @Override
    public boolean quiet() {
        return !space.table().indebted();
    }

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    public CompletableFuture<Duration> left(Object key, Asking asking) {
        return CompletableFuture.completedFuture(asked(key));
    }

    @Override
    public Duration known(Object key) {
        return asked(key);
    }

    @Override
    public boolean silent() {
        return false;
    }

    @Override
    public Duration asked(Object key) {
        return space.table().settled() ? Duration.ZERO : space.peekBy(key, 1).retryAfter();
    }

    /** A key that finds the table full is not blocked: its stripe would block strangers with it. */
    @Override
    public boolean block(Object key, Duration duration) {
        ReentrantLock announcing = space.table().announcing();
        announcing.lock();
        try {
            if (space.table().find(key) == null) {
                return false;
            }
            long more = Blocks.tokens(duration.minus(space.peekBy(key, 1).retryAfter()));
            if (more > 0) {
                space.debitBy(key, more);
                space.table().indebtedFor(space.peekBy(key, 1).retryAfter());
            }
            return true;
        } finally {
            announcing.unlock();
        }
    }

    /** Looks at all keys, since whoever else is blocked must stay so, and nobody's block must cost longer than it lasts. */
    @Override
    public void unblock(Object key) {
        ReentrantLock announcing = space.table().announcing();
        announcing.lock();
        try {
            space.resetBy(key);
            Duration longest = Duration.ZERO;
            for (Object other : space.table().keys()) {
                Duration left = space.peekBy(other, 1).retryAfter();
                longest = left.compareTo(longest) > 0 ? left : longest;
            }
            space.table().indebtedOnlyFor(longest);
        } finally {
            announcing.unlock();
        }
    }
}
