package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.ratelimit.RateLimitEvent.StoreFailed;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one policy behind a {@link Breaker}: exact while the store answers, else by the policy's mode.
 *
 * <p>A take of the shared bucket that is undone while the store is silent fails at once and stays paid: whoever asked
 * for the refund is told so. A take from the fallback is undone in the fallback, whatever the store does.
 */
final class GuardedSpace implements Space {
    private final SpaceSpec spec;
    private final Space shared;
    private final Breaker breaker;
    private final @Nullable FallbackSpace fallback;
    private final RateLimitListener listener;

    GuardedSpace(
            SpaceSpec spec,
            Space shared,
            Breaker breaker,
            @Nullable FallbackSpace fallback,
            RateLimitListener listener) {
        this.spec = spec;
        this.shared = shared;
        this.breaker = breaker;
        this.fallback = fallback;
        this.listener = listener;
    }

    @Override
    public Take take(String key, long tokens) {
        FallbackSpace local = fallback;
        if (local == null) {
            return breaker.call(() -> exactTake(key, tokens), failure -> {
                throw refusal(failure);
            });
        }
        if (local.strands(key)) {
            return local.take(key, tokens);
        }
        Answer answer = breaker.call(
                () -> new Answer(local.settle(key, shared), exactTake(key, tokens)),
                failure -> instead(Operation.TAKE, failure, () -> new Answer(true, local.take(key, tokens))));
        if (!answer.last()) {
            drain(local);
        }
        return answer.take();
    }

    @Override
    public CompletionStage<Take> takeAsync(String key, long tokens) {
        FallbackSpace local = fallback;
        if (local == null) {
            return breaker.callAsync(() -> exactTakeAsync(key, tokens), failure -> {
                throw refusal(failure);
            });
        }
        if (local.strands(key)) {
            return CompletableFuture.completedStage(local.take(key, tokens));
        }
        return breaker.callAsync(
                        () -> local.settleAsync(key, shared, () -> exactTakeAsync(key, tokens)),
                        failure -> instead(Operation.TAKE, failure, () -> local.take(key, tokens)))
                .thenApply(take -> {
                    if (take.source() != Source.FALLBACK) {
                        drainAsync(local);
                    }
                    return take;
                });
    }

    @Override
    public Optional<Take> knownRefusal(String key, long tokens) {
        return shared.knownRefusal(key, tokens);
    }

    @Override
    public Take peek(String key, long tokens) {
        FallbackSpace local = fallback;
        if (local == null) {
            return breaker.call(() -> shared.peek(key, tokens), failure -> {
                throw refusal(failure);
            });
        }
        if (local.strands(key)) {
            return local.peek(key, tokens);
        }
        return breaker.call(
                () -> {
                    local.settle(key, shared);
                    return shared.peek(key, tokens);
                },
                failure -> instead(Operation.TAKE, failure, () -> local.peek(key, tokens)));
    }

    @Override
    public CompletionStage<Take> peekAsync(String key, long tokens) {
        FallbackSpace local = fallback;
        if (local == null) {
            return breaker.callAsync(() -> shared.peekAsync(key, tokens), failure -> {
                throw refusal(failure);
            });
        }
        if (local.strands(key)) {
            return CompletableFuture.completedStage(local.peek(key, tokens));
        }
        return breaker.callAsync(
                () -> local.settleAsync(key, shared, () -> shared.peekAsync(key, tokens)),
                failure -> instead(Operation.TAKE, failure, () -> local.peek(key, tokens)));
    }

    @Override
    public void debit(String key, long tokens) {
        run(Operation.PENALTY, () -> shared.debit(key, tokens), local -> local.debit(key, tokens));
    }

    @Override
    public CompletionStage<?> debitAsync(String key, long tokens) {
        return runAsync(Operation.PENALTY, () -> shared.debitAsync(key, tokens), local -> local.debit(key, tokens));
    }

    @Override
    public void credit(String key, long tokens) {
        run(Operation.REFUND, () -> shared.credit(key, tokens), local -> local.credit(key, tokens));
    }

    @Override
    public CompletionStage<?> creditAsync(String key, long tokens) {
        return runAsync(Operation.REFUND, () -> shared.creditAsync(key, tokens), local -> local.credit(key, tokens));
    }

    /** Forgets here too what the key has run up, or a debt of the last outage would come after the reset. */
    @Override
    public void reset(String key) {
        if (fallback != null) {
            fallback.reset(key);
        }
        run(Operation.REFUND, () -> shared.reset(key), local -> {});
    }

    @Override
    public boolean blocking() {
        return shared.blocking();
    }

    @Override
    public OptionalLong size() {
        return shared.size();
    }

    private Take exactTake(String key, long tokens) {
        return guarded(shared.take(key, tokens));
    }

    private CompletionStage<Take> exactTakeAsync(String key, long tokens) {
        return shared.takeAsync(key, tokens).thenApply(this::guarded);
    }

    private Take guarded(Take take) {
        return take.granted() ? new ReplacedTake(take, take.source(), () -> undo(take), () -> undoAsync(take)) : take;
    }

    private void undo(Take take) {
        breaker.call(
                () -> {
                    take.undo();
                    return true;
                },
                failure -> {
                    throw refusal(failure);
                });
    }

    private CompletionStage<?> undoAsync(Take take) {
        return breaker.<Boolean>callAsync(() -> take.undoAsync().thenApply(done -> true), failure -> {
            throw refusal(failure);
        });
    }

    private void run(Operation operation, Runnable exact, Consumer<FallbackSpace> away) {
        breaker.call(
                () -> {
                    exact.run();
                    return true;
                },
                failure -> away(operation, failure, away));
    }

    private CompletionStage<?> runAsync(
            Operation operation, Supplier<CompletionStage<?>> exact, Consumer<FallbackSpace> away) {
        return breaker.callAsync(
                () -> exact.get().thenApply(nothing -> true), failure -> away(operation, failure, away));
    }

    private boolean away(Operation operation, @Nullable RuntimeException failure, Consumer<FallbackSpace> away) {
        FallbackSpace local = fallback;
        if (local == null) {
            throw refusal(failure);
        }
        return instead(operation, failure, () -> {
            away.accept(local);
            return true;
        });
    }

    /** Answers from the fallback. A failure that nobody else would hear of is told; that nobody was asked is not. */
    private <T> T instead(Operation operation, @Nullable RuntimeException failure, Supplier<T> answer) {
        if (failure != null) {
            listener.storeFailed(new StoreFailed(spec.name(), operation, spec.onFailure(), failure));
        }
        return answer.get();
    }

    private RuntimeException refusal(@Nullable RuntimeException failure) {
        return failure == null ? breaker.silence() : failure;
    }

    /** Settles for one other key, so that other processes need not wait for it to come here again. */
    private void drain(FallbackSpace local) {
        FallbackSpace.Debt debt = local.someDebt();
        if (debt != null) {
            breaker.call(
                    () -> {
                        shared.debit(debt.key(), debt.tokens());
                        return true;
                    },
                    failure -> local.keep(debt));
        }
    }

    private void drainAsync(FallbackSpace local) {
        FallbackSpace.Debt debt = local.someDebt();
        if (debt != null) {
            breaker.callAsync(
                            () -> shared.debitAsync(debt.key(), debt.tokens()).thenApply(paid -> true),
                            failure -> local.keep(debt))
                    .exceptionally(wrongUse -> local.keep(debt));
        }
    }

    /** What a take came to, and whether the caller has spent enough time on it. */
    private record Answer(boolean last, Take take) {}
}
