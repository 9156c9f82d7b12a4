package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** Buckets that several nodes of a test share: counts what it is asked, and falls silent when a test says so. */
public final class SharedFake implements BucketStore {
    private final BucketStore buckets;
    final AtomicInteger commands = new AtomicInteger();
    final AtomicInteger debits = new AtomicInteger();
    public volatile boolean silent;
    volatile boolean debitSilent;
    public volatile boolean closed;
    /** Runs inside each command, before it is answered. */
    public volatile Runnable inside = () -> {};

    public SharedFake(LongSupplier ticker) {
        buckets = BucketStores.local(LocalSpec.standard().withTicker(ticker));
    }

    @Override
    public Space open(SpaceSpec spec) {
        return new Counting(buckets.open(spec));
    }

    @Override
    public void close() {
        closed = true;
    }

    private void command() {
        commands.incrementAndGet();
        inside.run();
        if (silent) {
            throw new RateLimitUnavailableException("silent");
        }
    }

    private final class Counting implements Space {
        private final Space space;

        private Counting(Space space) {
            this.space = space;
        }

        @Override
        public Take take(String key, long tokens) {
            command();
            return shared(space.take(key, tokens));
        }

        @Override
        public Take peek(String key, long tokens) {
            command();
            return shared(space.peek(key, tokens));
        }

        @Override
        public void debit(String key, long tokens) {
            command();
            if (debitSilent) {
                throw new RateLimitUnavailableException("no debits");
            }
            debits.incrementAndGet();
            space.debit(key, tokens);
        }

        @Override
        public void credit(String key, long tokens) {
            command();
            space.credit(key, tokens);
        }

        @Override
        public void reset(String key) {
            command();
            space.reset(key);
        }

        @Override
        public boolean blocking() {
            return false;
        }

        private Take shared(Take take) {
            return new KnownTake(take.granted(), take.levels(), Source.SHARED, () -> {
                command();
                take.undo();
            });
        }
    }
}
