package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

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
        CompletableFuture<Take> take(Space space, String key) {
            return now(() -> space.take(key, 1));
        }

        @Override
        CompletableFuture<?> undo(Take take) {
            return now(() -> {
                take.undo();
                return true;
            });
        }

        @Override
        <R> CompletableFuture<R> await(CompletableFuture<R> answer, Duration most) {
            return now(() -> {
                try {
                    return answer.get(most.toNanos(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw interrupted;
                }
            });
        }

        @Override
        <T, R> CompletableFuture<List<R>> all(List<T> questions, Function<T, CompletableFuture<R>> question) {
            List<R> answers = new ArrayList<>(questions.size());
            for (T each : questions) {
                CompletableFuture<R> answer = question.apply(each);
                if (answer.isCompletedExceptionally()) {
                    // The next one would be waited for, too.
                    return answer.thenApply(List::of);
                }
                answers.add(answer.join());
            }
            return CompletableFuture.completedFuture(answers);
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
        CompletableFuture<Take> take(Space space, String key) {
            return space.takeAsync(key, 1).toCompletableFuture();
        }

        @Override
        CompletableFuture<?> undo(Take take) {
            return Stages.asked(take::undoAsync);
        }

        @Override
        <R> CompletableFuture<R> await(CompletableFuture<R> answer, Duration most) {
            return answer;
        }

        @Override
        <T, R> CompletableFuture<List<R>> all(List<T> questions, Function<T, CompletableFuture<R>> question) {
            return Stages.all(questions, question::apply);
        }

        @Override
        CompletableFuture<?> debit(Unit unit, Object key, long tokens) {
            return unit.debitAsync(key, tokens).toCompletableFuture();
        }
    };

    abstract CompletableFuture<Take> peek(Unit unit, Object key);

    abstract CompletableFuture<Take> peek(Space space, String key);

    abstract CompletableFuture<Take> take(Space space, String key);

    abstract CompletableFuture<?> undo(Take take);

    /** An answer that somebody else waits for, or goes on with. */
    abstract <R> CompletableFuture<R> await(CompletableFuture<R> answer, Duration most);

    /** The answers in the order of the questions; fails if one fails. */
    abstract <T, R> CompletableFuture<List<R>> all(List<T> questions, Function<T, CompletableFuture<R>> question);

    abstract CompletableFuture<?> debit(Unit unit, Object key, long tokens);

    private static <T> CompletableFuture<T> now(Callable<T> question) {
        try {
            return CompletableFuture.completedFuture(question.call());
        } catch (Exception | Error failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }
}
