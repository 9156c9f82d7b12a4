package dev.hardening.ratelimit;

import java.util.List;

/** A take from limits that come back by interval, whose figures need the time at which it was made. */
record TimedTake(LocalTake take, long time) implements BucketStore.Take {
    @Override
    public boolean granted() {
        return take.granted();
    }

    @Override
    public List<BucketStore.Level> levels() {
        return take.levels(time);
    }

    @Override
    public BucketStore.Source source() {
        return take.source();
    }

    @Override
    public void undo() {
        take.undo();
    }
}
