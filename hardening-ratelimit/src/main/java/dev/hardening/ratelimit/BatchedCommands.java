package dev.hardening.ratelimit;

import io.github.bucket4j.distributed.proxy.AsyncCommandExecutor;
import io.github.bucket4j.distributed.proxy.CommandExecutor;
import io.github.bucket4j.distributed.proxy.optimization.NopeOptimizationListener;
import io.github.bucket4j.distributed.proxy.optimization.Optimization;
import io.github.bucket4j.distributed.proxy.optimization.OptimizationListener;
import io.github.bucket4j.distributed.proxy.optimization.batch.BatchingOptimization;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.MultiResult;
import io.github.bucket4j.distributed.remote.RemoteCommand;
import io.github.bucket4j.distributed.remote.commands.MultiCommand;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Batching of the commands to one bucket, and the way to send a command that the proxy has no method for.
 *
 * <p>Two things of bucket4j's are put right below its batching. Its async form never frees its lock if the store throws
 * instead of giving a failed future: here a throw becomes one. And a store that locks rows answers a whole batch with
 * "no such bucket", which the batch takes for a fault: here each command of the batch is told so, and then makes the
 * bucket, as it does alone. One instance serves one proxy.
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
        blocking = batching == null ? original : batching.apply(new Sound(original));
        return blocking;
    }

    @Override
    public AsyncCommandExecutor apply(AsyncCommandExecutor original) {
        AsyncCommandExecutor sound = new SoundAsync(original);
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

    @SuppressWarnings("unchecked") // the result of a batch is a list, whose type T stands for then
    private static <T> CommandResult<T> told(RemoteCommand<T> command, CommandResult<T> result) {
        if (!(command instanceof MultiCommand batch) || !result.isBucketNotFound()) {
            return result;
        }
        List<CommandResult<?>> each = Collections.nCopies(batch.getCommands().size(), CommandResult.bucketNotFound());
        return (CommandResult<T>) CommandResult.success(new MultiResult(each), MultiResult.SERIALIZATION_HANDLE);
    }

    private record Sound(CommandExecutor original) implements CommandExecutor {
        @Override
        public <T> CommandResult<T> execute(RemoteCommand<T> command) {
            return told(command, original.execute(command));
        }
    }

    private record SoundAsync(AsyncCommandExecutor original) implements AsyncCommandExecutor {
        @Override
        public <T> CompletableFuture<CommandResult<T>> executeAsync(RemoteCommand<T> command) {
            try {
                CompletableFuture<CommandResult<T>> asked = original.executeAsync(command);
                return command instanceof MultiCommand ? asked.thenApply(result -> told(command, result)) : asked;
            } catch (RuntimeException failure) {
                return CompletableFuture.failedFuture(failure);
            }
        }
    }
}
