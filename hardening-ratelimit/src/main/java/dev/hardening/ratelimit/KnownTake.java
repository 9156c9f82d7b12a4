package dev.hardening.ratelimit;

import java.util.List;
import java.util.Objects;

/** An answer whose figures are already there. */
record KnownTake(boolean granted, List<BucketStore.Level> levels, BucketStore.Source source, Runnable giveBack)
        implements BucketStore.Take {
    KnownTake {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(giveBack, "giveBack");
    }

    @Override
    public void undo() {
        giveBack.run();
    }

    static void nothing() {}
}
