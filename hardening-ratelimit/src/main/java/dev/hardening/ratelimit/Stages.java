package dev.hardening.ratelimit;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Asks several things side by side. */
final class Stages {
    private Stages() {}

    /** The answers in the order of the questions; fails if one fails, or throws, after all are done. */
    static <T, R> CompletableFuture<List<R>> all(List<T> questions, Function<T, CompletionStage<? extends R>> asking) {
        List<CompletableFuture<? extends R>> answers = questions.stream()
                .<CompletableFuture<? extends R>>map(question -> ask(question, asking))
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(
                        done -> answers.stream().<R>map(CompletableFuture::join).toList());
    }

    private static <T, R> CompletableFuture<? extends R> ask(
            T question, Function<T, CompletionStage<? extends R>> asking) {
        try {
            return asking.apply(question).toCompletableFuture();
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }
}
