package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.ProxiedSpec;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.VerboseResult;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one policy in a shared store.
 *
 * <p>A proxy is kept for each key in use, so that calls for one key at the same time travel together: one goes out, the
 * next ones gather behind it and go out as one. The store decides every one of them; a proxy that is dropped from the
 * table costs a batch, never a token.
 *
 * <p>A bucket is stored with the limits it was made for. One of an earlier version, or of none, is brought to ours with
 * its debts; one of a later version decides by its own limits, and those are reported under the ids of ours.
 */
final class ProxiedSpace implements Space {
    private final String prefix;
    private final CompiledLimits limits;
    private final long version;
    private final ProxyManager<String> manager;
    private final ProxiedSpec spec;
    private final boolean async;
    private final @Nullable Cache<String, ProxiedBucket> buckets;

    ProxiedSpace(String prefix, CompiledLimits limits, long version, ProxyManager<String> manager, ProxiedSpec spec) {
        this.prefix = prefix;
        this.limits = limits;
        this.version = version;
        this.manager = manager;
        this.spec = spec;
        this.async = manager.isAsyncModeSupported();
        this.buckets = spec.proxies() == 0
                ? null
                : Caffeine.newBuilder()
                        .maximumSize(spec.proxies())
                        .executor(Runnable::run)
                        .build();
    }

    @Override
    public Take take(String key, long tokens) {
        return waited(() -> taking(key, tokens));
    }

    @Override
    public CompletionStage<Take> takeAsync(String key, long tokens) {
        return later(() -> taking(key, tokens));
    }

    @Override
    public Take peek(String key, long tokens) {
        return waited(() -> peeking(key, tokens));
    }

    @Override
    public CompletionStage<Take> peekAsync(String key, long tokens) {
        return later(() -> peeking(key, tokens));
    }

    @Override
    public void debit(String key, long tokens) {
        waited(() -> bucket(key).debit(tokens));
    }

    @Override
    public CompletionStage<?> debitAsync(String key, long tokens) {
        return later(() -> bucket(key).debit(tokens));
    }

    @Override
    public void credit(String key, long tokens) {
        waited(() -> bucket(key).credit(tokens));
    }

    @Override
    public CompletionStage<?> creditAsync(String key, long tokens) {
        return later(() -> bucket(key).credit(tokens));
    }

    @Override
    public void reset(String key) {
        waited(() -> bucket(key).reset());
    }

    @Override
    public boolean blocking() {
        return !async && !spec.hasThreads();
    }

    private CompletableFuture<Take> taking(String key, long tokens) {
        ProxiedBucket bucket = bucket(key);
        return bucket.take(tokens).thenCompose(result -> taken(key, bucket, tokens, result));
    }

    private CompletableFuture<Take> taken(
            String key, ProxiedBucket bucket, long tokens, VerboseResult<ConsumptionProbe> result) {
        boolean granted = result.getValue().isConsumed();
        if (!limits.differs(result.getConfiguration())) {
            return CompletableFuture.completedFuture(answer(granted, key, tokens, result));
        }
        return bucket.newerThan(version).thenCompose(newer -> {
            if (newer) {
                return CompletableFuture.completedFuture(answer(granted, key, tokens, result));
            }
            CompletableFuture<?> brought = bucket.replace(limits.configuration());
            return granted
                    ? brought.thenCompose(ours -> bucket.available()).thenApply(now -> answer(true, key, tokens, now))
                    : brought.thenCompose(ours -> bucket.take(tokens))
                            .thenApply(again -> answer(again.getValue().isConsumed(), key, tokens, again));
        });
    }

    private CompletableFuture<Take> peeking(String key, long tokens) {
        ProxiedBucket bucket = bucket(key);
        return bucket.available().thenCompose(result -> peeked(bucket, tokens, result));
    }

    private CompletableFuture<Take> peeked(ProxiedBucket bucket, long tokens, VerboseResult<Long> result) {
        if (!limits.differs(result.getConfiguration())) {
            return CompletableFuture.completedFuture(standing(tokens, result));
        }
        return bucket.newerThan(version)
                .thenCompose(newer -> newer
                        ? CompletableFuture.completedFuture(standing(tokens, result))
                        : bucket.replace(limits.configuration())
                                .thenCompose(ours -> bucket.available())
                                .thenApply(now -> standing(tokens, now)));
    }

    private Take answer(boolean granted, String key, long tokens, VerboseResult<?> result) {
        List<Level> levels = limits.levels(result.getState(), result.getOperationTimeNanos(), granted ? 0 : tokens);
        return granted
                ? new GrantedTake(this, key, tokens, levels)
                : new KnownTake(false, levels, Source.SHARED, KnownTake::nothing);
    }

    private Take standing(long tokens, VerboseResult<Long> result) {
        boolean granted = result.getValue() >= tokens;
        return new KnownTake(
                granted,
                limits.levels(result.getState(), result.getOperationTimeNanos(), granted ? 0 : tokens),
                Source.SHARED,
                KnownTake::nothing);
    }

    private ProxiedBucket bucket(String key) {
        String id = prefix + key;
        return buckets == null ? proxy(id) : buckets.get(id, this::proxy);
    }

    private ProxiedBucket proxy(String id) {
        BatchedCommands commands = buckets == null ? BatchedCommands.single() : BatchedCommands.batched();
        BucketConfiguration configuration = limits.configuration();
        if (async) {
            var builder = manager.asAsync().builder().withOptimization(commands);
            builder = version == 0
                    ? builder
                    : builder.withImplicitConfigurationReplacement(version, TokensInheritanceStrategy.AS_IS);
            return new ProxiedBucket.Async(
                    builder.build(id, () -> CompletableFuture.completedFuture(configuration)), commands);
        }
        var builder = manager.builder().withOptimization(commands);
        builder = version == 0
                ? builder
                : builder.withImplicitConfigurationReplacement(version, TokensInheritanceStrategy.AS_IS);
        return new ProxiedBucket.Blocking(builder.build(id, () -> configuration), commands);
    }

    private <T> T waited(Supplier<CompletableFuture<T>> question) {
        try {
            return question.get().get(spec.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw unavailable(interrupted);
        } catch (ExecutionException | TimeoutException | RuntimeException failure) {
            throw unavailable(failure);
        }
    }

    private <T> CompletionStage<T> later(Supplier<CompletableFuture<T>> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        BiConsumer<T, @Nullable Throwable> handing = (value, failure) -> complete(answer, value, failure);
        if (async) {
            CompletionStage<T> asking = asked(question).orTimeout(spec.timeout().toNanos(), TimeUnit.NANOSECONDS);
            // Threads that take nothing more must not leave the caller without the answer that is there.
            asking.whenCompleteAsync(handing, spec.completions()).whenComplete((value, failure) -> {
                if (!answer.isDone()) {
                    asking.whenComplete(handing);
                }
            });
            endInTime(answer);
        } else if (spec.hasThreads()) {
            hand(onThreads(question), handing);
        } else {
            hand(asked(question), handing);
        }
        return answer;
    }

    /** Threads that drop what they are given, or never come to it, must not keep the caller either. */
    private void endInTime(CompletableFuture<?> answer) {
        CompletableFuture<Boolean> end = new CompletableFuture<>();
        CompletableFuture<?> unused = CompletableFuture.allOf(
                end.thenAccept(late -> answer.completeExceptionally(unavailable(new TimeoutException()))),
                answer.whenComplete((value, failure) -> end.cancel(false)),
                end.completeOnTimeout(true, 2 * spec.timeout().toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Waits for a thread and for the store, both together for as long as a caller waits; what is late is not asked. */
    private <T> CompletionStage<T> onThreads(Supplier<CompletableFuture<T>> question) {
        CompletableFuture<T> asking = new CompletableFuture<>();
        // Not on the thread that times out, which is everybody's, and not on those that are busy.
        CompletionStage<T> timed = asking.orTimeout(spec.timeout().toNanos(), TimeUnit.NANOSECONDS)
                .exceptionallyCompose(failure -> failure instanceof TimeoutException
                        ? CompletableFuture.completedFuture(failure)
                                .thenComposeAsync(CompletableFuture::failedFuture, ProxiedSpec.COMMON)
                        : CompletableFuture.failedFuture(failure));
        try {
            spec.completions().execute(() -> {
                if (!asking.isDone()) {
                    hand(asked(question), (value, failure) -> pass(asking, value, failure));
                }
            });
        } catch (RuntimeException full) {
            asking.completeExceptionally(full);
        }
        return timed;
    }

    private static <T> void pass(CompletableFuture<T> answer, T value, @Nullable Throwable failure) {
        if (failure == null) {
            answer.complete(value);
        } else {
            answer.completeExceptionally(failure);
        }
    }

    private static <T> void hand(CompletionStage<T> asking, BiConsumer<T, @Nullable Throwable> handing) {
        asking.whenComplete(handing);
    }

    private static <T> CompletableFuture<T> asked(Supplier<CompletableFuture<T>> question) {
        try {
            return question.get();
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private <T> void complete(CompletableFuture<T> answer, T value, @Nullable Throwable failure) {
        pass(answer, value, failure == null ? null : unavailable(failure));
    }

    /** What waiting or asking failed of; wrong use stays what it is, since it says nothing about the store. */
    private RuntimeException unavailable(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof RateLimitUnavailableException || cause instanceof IllegalArgumentException
                ? (RuntimeException) cause
                : new RateLimitUnavailableException("the bucket store did not answer for " + prefix, cause);
    }

    /** What it took goes back the way it was asked for: waiting, or not. */
    private record GrantedTake(ProxiedSpace space, String key, long tokens, List<Level> levels) implements Take {
        @Override
        public boolean granted() {
            return true;
        }

        @Override
        public Source source() {
            return Source.SHARED;
        }

        @Override
        public void undo() {
            space.credit(key, tokens);
        }

        @Override
        public CompletionStage<?> undoAsync() {
            return space.creditAsync(key, tokens);
        }
    }
}
