package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** An answer of another store with another source or another way to give back; its figures are still worked out late. */
record ReplacedTake(Take take, Source source, Runnable giveBack, Supplier<CompletionStage<?>> giveBackAsync)
        implements Take {
    /** For what is given back without I/O. */
    ReplacedTake(Take take, Source source, Runnable giveBack) {
        this(take, source, giveBack, () -> {
            giveBack.run();
            return CompletableFuture.completedStage(true);
        });
    }

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
    public CompletionStage<?> undoAsync() {
        return giveBackAsync.get();
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
