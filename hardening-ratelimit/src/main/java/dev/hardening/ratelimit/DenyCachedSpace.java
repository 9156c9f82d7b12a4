package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Shared buckets behind a {@link DenyCache}: what has just been refused is refused again without asking. */
final class DenyCachedSpace implements Space {
    private final Space shared;
    private final DenyCache cache;

    DenyCachedSpace(Space shared, DenyCache cache) {
        this.shared = shared;
        this.cache = cache;
    }

    @Override
    public Take take(String key, long tokens) {
        Take denied = cache.lookup(key, tokens);
        if (denied != null) {
            return denied;
        }
        DenyCache.Question question = cache.question(key);
        return noted(question, tokens, shared.take(key, tokens));
    }

    @Override
    public CompletionStage<Take> takeAsync(String key, long tokens) {
        Take denied = cache.lookup(key, tokens);
        if (denied != null) {
            return CompletableFuture.completedStage(denied);
        }
        DenyCache.Question question = cache.question(key);
        return shared.takeAsync(key, tokens).thenApply(take -> noted(question, tokens, take));
    }

    @Override
    public Optional<Take> knownRefusal(String key, long tokens) {
        return Optional.ofNullable(cache.lookup(key, tokens));
    }

    @Override
    public Take peek(String key, long tokens) {
        Take denied = cache.lookup(key, tokens);
        if (denied != null) {
            return denied;
        }
        DenyCache.Question question = cache.question(key);
        Take peek = shared.peek(key, tokens);
        cache.note(question, tokens, peek);
        return peek;
    }

    @Override
    public CompletionStage<Take> peekAsync(String key, long tokens) {
        Take denied = cache.lookup(key, tokens);
        if (denied != null) {
            return CompletableFuture.completedStage(denied);
        }
        DenyCache.Question question = cache.question(key);
        return shared.peekAsync(key, tokens).thenApply(peek -> {
            cache.note(question, tokens, peek);
            return peek;
        });
    }

    /** The wait that was named no longer holds. */
    @Override
    public void debit(String key, long tokens) {
        try {
            shared.debit(key, tokens);
        } finally {
            cache.forget(key);
        }
    }

    @Override
    public CompletionStage<?> debitAsync(String key, long tokens) {
        return shared.debitAsync(key, tokens).whenComplete((taken, failure) -> cache.forget(key));
    }

    @Override
    public void credit(String key, long tokens) {
        try {
            shared.credit(key, tokens);
        } finally {
            cache.forget(key);
        }
    }

    @Override
    public CompletionStage<?> creditAsync(String key, long tokens) {
        return shared.creditAsync(key, tokens).whenComplete((given, failure) -> cache.forget(key));
    }

    @Override
    public void reset(String key) {
        try {
            shared.reset(key);
        } finally {
            cache.forget(key);
        }
    }

    @Override
    public boolean blocking() {
        return shared.blocking();
    }

    @Override
    public OptionalLong size() {
        return shared.size();
    }

    private Take noted(DenyCache.Question question, long tokens, Take take) {
        if (!take.granted()) {
            cache.note(question, tokens, take);
            return take;
        }
        cache.outdate(question.key());
        return new ReplacedTake(
                take,
                take.source(),
                () -> {
                    try {
                        take.undo();
                    } finally {
                        cache.forget(question.key());
                    }
                },
                () -> take.undoAsync().whenComplete((given, failure) -> cache.forget(question.key())));
    }
}
