package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * How one decision asks stores: on its own thread alone, or without keeping it.
 *
 * <p>A caller who waits must not wait for threads on which answers are handed over: they may be the very ones that wait,
 * or be kept busy by somebody else. So his questions are the synchronous ones of the port, and what they give is there
 * when they return.
 */
enum Asking {
    /** Every stage is complete when it is returned. */
    WAITING {
        @Override
        CompletableFuture<Take> peek(Unit unit, Object key) {
            return now(() -> unit.peek(key, 1));
        }

        @Override
        CompletableFuture<Take> peek(Space space, String key) {
            return now(() -> space.peek(key, 1));
        }

        @Override
        CompletableFuture<?> debit(Unit unit, Object key, long tokens) {
            return now(() -> {
                unit.debit(key, tokens);
                return true;
            });
        }
    },
    /** Stages complete when and where the store answers. */
    GOING_ON {
        @Override
        CompletableFuture<Take> peek(Unit unit, Object key) {
            return unit.peekAsync(key, 1).toCompletableFuture();
        }

        @Override
        CompletableFuture<Take> peek(Space space, String key) {
            return space.peekAsync(key, 1).toCompletableFuture();
        }

        @Override
        CompletableFuture<?> debit(Unit unit, Object key, long tokens) {
            return unit.debitAsync(key, tokens).toCompletableFuture();
        }
    };

    abstract CompletableFuture<Take> peek(Unit unit, Object key);

    abstract CompletableFuture<Take> peek(Space space, String key);

    abstract CompletableFuture<?> debit(Unit unit, Object key, long tokens);

    private static <T> CompletableFuture<T> now(Callable<T> question) {
        try {
            return CompletableFuture.completedFuture(question.call());
        } catch (Exception | Error failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }
}
