package dev.hardening.ratelimit;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A store in front of another that stops answering for the spaces a test names. */
final class BreakableStore implements BucketStore {
    private final BucketStore store;
    volatile Predicate<String> broken = name -> false;
    volatile boolean undoBroken;
    /** How often something was to be given back, with success or without. */
    final AtomicInteger undos = new AtomicInteger();

    BreakableStore(BucketStore store) {
        this.store = store;
    }

    @Override
    public Space open(SpaceSpec spec) {
        String name = spec.name();
        Space space = store.open(spec);
        return new Space() {
            @Override
            public Take take(String key, long tokens) {
                answer(name);
                Take take = space.take(key, tokens);
                return new KnownTake(take.granted(), take.levels(), take.source(), () -> undo(name, take));
            }

            @Override
            public Take peek(String key, long tokens) {
                answer(name);
                return space.peek(key, tokens);
            }

            @Override
            public void debit(String key, long tokens) {
                answer(name);
                space.debit(key, tokens);
            }

            @Override
            public void credit(String key, long tokens) {
                answer(name);
                space.credit(key, tokens);
            }

            @Override
            public Optional<Take> knownRefusal(String key, long tokens) {
                answer(name);
                return space.knownRefusal(key, tokens);
            }

            @Override
            public void reset(String key) {
                answer(name);
                space.reset(key);
            }
        };
    }

    private void undo(String name, Take take) {
        undos.incrementAndGet();
        if (undoBroken) {
            throw new RateLimitUnavailableException("broken undo of " + name);
        }
        take.undo();
    }

    private void answer(String name) {
        if (broken.test(name)) {
            throw new RateLimitUnavailableException("broken " + name);
        }
    }
}
