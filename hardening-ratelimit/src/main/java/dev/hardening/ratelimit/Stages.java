package dev.hardening.ratelimit;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** Asks several things side by side. */
final class Stages {
    private Stages() {}

    /** The answers in the order of the questions; fails if one fails, or throws, after all are done. */
    static <T, R> CompletableFuture<List<R>> all(List<T> questions, Function<T, CompletionStage<? extends R>> asking) {
        List<CompletableFuture<R>> answers = questions.stream()
                .map(question -> Stages.<R>asked(() -> asking.apply(question)))
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(
                        done -> answers.stream().<R>map(CompletableFuture::join).toList());
    }

    /** A question that throws is one that fails. */
    static <R> CompletableFuture<R> asked(Supplier<? extends CompletionStage<? extends R>> asking) {
        try {
            return asking.get().<R>thenApply(answer -> answer).toCompletableFuture();
        } catch (RuntimeException | Error failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }
}
