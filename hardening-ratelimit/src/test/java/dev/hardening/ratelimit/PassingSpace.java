package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;

/** A space of somebody's own that passes everything on; a test overrides what it is about. */
class PassingSpace implements Space {
    final Space space;

    PassingSpace(Space space) {
        this.space = space;
    }

    @Override
    public Take take(String key, long tokens) {
        return space.take(key, tokens);
    }

    @Override
    public Take peek(String key, long tokens) {
        return space.peek(key, tokens);
    }

    @Override
    public void debit(String key, long tokens) {
        space.debit(key, tokens);
    }

    @Override
    public void credit(String key, long tokens) {
        space.credit(key, tokens);
    }

    @Override
    public void reset(String key) {
        space.reset(key);
    }
}
