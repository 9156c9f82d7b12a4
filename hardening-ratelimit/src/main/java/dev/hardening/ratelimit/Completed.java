package dev.hardening.ratelimit;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What a store without asynchronous calls of its own answers to one: done when it is returned. */
final class Completed {
    private Completed() {}

    /** The answer; a call that throws is one that fails. */
    static <T> CompletionStage<T> stage(Supplier<T> call) {
        try {
            return CompletableFuture.completedStage(call.get());
        } catch (RuntimeException | Error failure) {
            return CompletableFuture.failedStage(failure);
        }
    }
}
