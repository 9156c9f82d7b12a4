package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.List;

/** An answer of another store with another source or another way to give back; its figures are still worked out late. */
record ReplacedTake(Take take, Source source, Runnable giveBack) implements Take {
    static void nothing() {}

    @Override
    public boolean granted() {
        return take.granted();
    }

    @Override
    public List<Level> levels() {
        return take.levels();
    }

    @Override
    public void undo() {
        giveBack.run();
    }

    @Override
    public Duration retryAfter() {
        return take.retryAfter();
    }

    @Override
    public long available() {
        return take.available();
    }
}
