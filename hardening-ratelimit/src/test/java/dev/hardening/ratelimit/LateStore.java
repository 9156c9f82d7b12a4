package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/** A shared store whose asynchronous answers come when a test says so, and whose others can be forbidden. */
final class LateStore implements BucketStore {
    private final BucketStore real;
    private final Queue<CompletableFuture<Boolean>> waiting = new ConcurrentLinkedQueue<>();
    private boolean forbidden;

    LateStore(FakeTicker ticker) {
        real = BucketStores.local(LocalSpec.standard().withTicker(ticker));
    }

    void forbidWaiting() {
        forbidden = true;
    }

    int waiting() {
        return waiting.size();
    }

    void answerAll() {
        for (int left = waiting.size(); left > 0; left--) {
            Objects.requireNonNull(waiting.poll()).complete(true);
        }
    }

    void failFirst(RuntimeException failure) {
        Objects.requireNonNull(waiting.poll()).completeExceptionally(failure);
    }

    /** Answers question after question until there is a decision. */
    void answerUntil(CompletableFuture<Decision> decision) {
        for (int round = 0; round < 20 && !decision.isDone(); round++) {
            answerAll();
        }
    }

    @Override
    public Space open(SpaceSpec spec) {
        return new LateSpace(real.open(spec));
    }

    private <T> CompletionStage<T> later(Supplier<T> answer) {
        CompletableFuture<Boolean> asked = new CompletableFuture<>();
        waiting.add(asked);
        return asked.thenApply(now -> answer.get());
    }

    private void requireAllowed() {
        if (forbidden) {
            throw new AssertionError("waits for the store");
        }
    }

    private final class LateSpace implements Space {
        private final Space space;

        private LateSpace(Space space) {
            this.space = space;
        }

        @Override
        public Take take(String key, long tokens) {
            requireAllowed();
            return new LateTake(space.take(key, tokens));
        }

        @Override
        public Take peek(String key, long tokens) {
            requireAllowed();
            return space.peek(key, tokens);
        }

        @Override
        public void debit(String key, long tokens) {
            requireAllowed();
            space.debit(key, tokens);
        }

        @Override
        public void credit(String key, long tokens) {
            requireAllowed();
            space.credit(key, tokens);
        }

        @Override
        public void reset(String key) {
            requireAllowed();
            space.reset(key);
        }

        @Override
        public CompletionStage<Take> takeAsync(String key, long tokens) {
            return later(() -> new LateTake(space.take(key, tokens)));
        }

        @Override
        public CompletionStage<Take> peekAsync(String key, long tokens) {
            return later(() -> space.peek(key, tokens));
        }

        @Override
        public CompletionStage<?> debitAsync(String key, long tokens) {
            return later(() -> {
                space.debit(key, tokens);
                return true;
            });
        }

        @Override
        public boolean blocking() {
            return false;
        }
    }

    private final class LateTake implements Take {
        private final Take take;

        private LateTake(Take take) {
            this.take = take;
        }

        @Override
        public boolean granted() {
            return take.granted();
        }

        @Override
        public List<Level> levels() {
            return take.levels();
        }

        @Override
        public Source source() {
            return Source.SHARED;
        }

        @Override
        public void undo() {
            requireAllowed();
            take.undo();
        }

        @Override
        public CompletionStage<?> undoAsync() {
            return later(() -> {
                take.undo();
                return true;
            });
        }
    }
}
