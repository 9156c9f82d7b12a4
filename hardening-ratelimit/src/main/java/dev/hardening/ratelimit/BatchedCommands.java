package dev.hardening.ratelimit;

import io.github.bucket4j.distributed.proxy.AsyncCommandExecutor;
import io.github.bucket4j.distributed.proxy.CommandExecutor;
import io.github.bucket4j.distributed.proxy.optimization.NopeOptimizationListener;
import io.github.bucket4j.distributed.proxy.optimization.Optimization;
import io.github.bucket4j.distributed.proxy.optimization.OptimizationListener;
import io.github.bucket4j.distributed.proxy.optimization.batch.BatchingOptimization;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.RemoteCommand;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Batching of the commands to one bucket, and the way to send a command that the proxy has no method for.
 *
 * <p>bucket4j's async batching never frees its lock if the store throws instead of giving a failed future; here a throw
 * becomes one. One instance serves one proxy.
 */
final class BatchedCommands implements Optimization {
    private final @Nullable Optimization batching;
    private @Nullable CommandExecutor blocking;
    private @Nullable AsyncCommandExecutor async;

    private BatchedCommands(@Nullable Optimization batching) {
        this.batching = batching;
    }

    static BatchedCommands batched() {
        return new BatchedCommands(new BatchingOptimization(NopeOptimizationListener.INSTANCE));
    }

    static BatchedCommands single() {
        return new BatchedCommands(null);
    }

    @Override
    public Optimization withListener(OptimizationListener listener) {
        return this;
    }

    @Override
    public CommandExecutor apply(CommandExecutor original) {
        blocking = batching == null ? original : batching.apply(original);
        return blocking;
    }

    @Override
    public AsyncCommandExecutor apply(AsyncCommandExecutor original) {
        AsyncCommandExecutor sound = new NeverThrowing(original);
        async = batching == null ? sound : batching.apply(sound);
        return async;
    }

    /** Whether a command was carried out, and not answered by the lack of a bucket or of a recent enough one. */
    boolean executes(RemoteCommand<?> command) {
        if (blocking == null) {
            throw new IllegalStateException("the proxy is not built");
        }
        return carriedOut(blocking.execute(command));
    }

    CompletableFuture<Boolean> executesAsync(RemoteCommand<?> command) {
        if (async == null) {
            throw new IllegalStateException("the proxy is not built");
        }
        return async.executeAsync(command).thenApply(BatchedCommands::carriedOut);
    }

    private static boolean carriedOut(CommandResult<?> result) {
        return !result.isBucketNotFound() && !result.isConfigurationNeedToBeReplaced();
    }

    private record NeverThrowing(AsyncCommandExecutor original) implements AsyncCommandExecutor {
        @Override
        public <T> CompletableFuture<CommandResult<T>> executeAsync(RemoteCommand<T> command) {
            try {
                return original.executeAsync(command);
            } catch (RuntimeException failure) {
                return CompletableFuture.failedFuture(failure);
            }
        }
    }
}
