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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Batching of the commands to one bucket, and the way to send a command that the proxy has no method for.
 *
 * <p>Three things of bucket4j's are put right below its batching. Its async form never frees its lock if the store throws
 * instead of giving a failed future: here a throw becomes one, whatever was thrown. And a store that locks rows answers a whole batch with
 * "no such bucket", which the batch takes for a fault: here each command of the batch is told so, and then makes the
 * bucket, as it does alone. One instance serves one proxy.
 *
 * <p>And a batch whose answer is there at once, as that of a store without a connection is, sends the next one from
 * within its own call, one stack deeper each, for as long as others ask: here after a few of them the answer comes from
 * another stack, so that neither the stack nor the time of the caller who leads is at the mercy of the others.
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

    /** The commands of one bucket; no two batches of it are on their way at the same time. */
    private static final class SoundAsync implements AsyncCommandExecutor {
        private static final int MOST_AT_ONCE = 4;
        /** Much more than it takes to wait for a future; to be late now and then costs some stack. */
        private static final long ATTACHED_MICROS = 100;

        private final AsyncCommandExecutor original;
        private int atOnce;

        private SoundAsync(AsyncCommandExecutor original) {
            this.original = original;
        }

        @Override
        public <T> CompletableFuture<CommandResult<T>> executeAsync(RemoteCommand<T> command) {
            CompletableFuture<CommandResult<T>> asked = asked(command);
            if (!(command instanceof MultiCommand)) {
                return asked;
            }
            CompletableFuture<CommandResult<T>> told = asked.thenApply(result -> told(command, result));
            if (!told.isDone()) {
                atOnce = 0;
                return told;
            }
            atOnce++;
            if (atOnce < MOST_AT_ONCE) {
                return told;
            }
            atOnce = 0;
            return elsewhere(told);
        }

        private <T> CompletableFuture<CommandResult<T>> asked(RemoteCommand<T> command) {
            try {
                return original.executeAsync(command);
            } catch (RuntimeException | Error failure) {
                return CompletableFuture.failedFuture(failure);
            }
        }

        /**
         * On the thread that times futures out: the one thread there is in any case, and that nobody keeps waiting. Not
         * before the batch waits for it, or the batch would go on in its own call again.
         */
        private static <T> CompletableFuture<T> elsewhere(CompletableFuture<T> done) {
            CompletableFuture<Boolean> later = new CompletableFuture<>();
            CompletableFuture<T> answer = later.thenCompose(now -> done);
            CompletableFuture<?> unused = later.completeOnTimeout(true, ATTACHED_MICROS, TimeUnit.MICROSECONDS);
            return answer;
        }
    }
}
