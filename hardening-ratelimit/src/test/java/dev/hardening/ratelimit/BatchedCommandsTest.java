package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bucket4j.distributed.proxy.AsyncCommandExecutor;
import io.github.bucket4j.distributed.remote.CommandResult;
import io.github.bucket4j.distributed.remote.RemoteCommand;
import io.github.bucket4j.distributed.remote.commands.GetAvailableTokensCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class BatchedCommandsTest {
    private static final int CALLS = 20_000;

    private final List<CompletableFuture<?>> asked = new ArrayList<>();
    private final AtomicInteger commands = new AtomicInteger();

    /** Somebody else asks during every call, so there is always another batch. */
    private AsyncCommandExecutor crowded(Supplier<CompletableFuture<?>> answer) {
        AsyncCommandExecutor[] batched = new AsyncCommandExecutor[1];
        batched[0] = BatchedCommands.batched().apply(new AsyncCommandExecutor() {
            @Override
            @SuppressWarnings("unchecked")
            public <T> CompletableFuture<CommandResult<T>> executeAsync(RemoteCommand<T> command) {
                if (commands.incrementAndGet() < CALLS) {
                    asked.add(batched[0].executeAsync(new GetAvailableTokensCommand()));
                }
                return (CompletableFuture<CommandResult<T>>) answer.get();
            }
        });
        return batched[0];
    }

    @Test
    @Tag("ratelimit:O4")
    void executeAsync_everyBatchFailsAtOnce_endsWithTheFailureAndIsFree() throws Exception {
        IllegalStateException away = new IllegalStateException("no connection");
        AsyncCommandExecutor batched = crowded(() -> CompletableFuture.failedFuture(away));

        CompletableFuture<?> first = batched.executeAsync(new GetAvailableTokensCommand());

        assertEquals(away, assertThrows(CompletionException.class, first::join).getCause());
        CompletableFuture<?> last = batched.executeAsync(new GetAvailableTokensCommand());
        assertTrue(commands.get() < CALLS, "the caller has led " + commands + " batches of others");
        assertThrows(Exception.class, () -> last.get(30, TimeUnit.SECONDS));
        for (CompletableFuture<?> other : List.copyOf(asked)) {
            Exception failure = assertThrows(Exception.class, () -> other.get(30, TimeUnit.SECONDS));
            assertEquals(away, failure.getCause());
        }
    }

    @Test
    void executeAsync_storeThrowsAnError_failsAndIsFree() {
        AsyncCommandExecutor batched = crowded(() -> {
            throw new StackOverflowError("no room");
        });

        for (int call = 0; call < 3; call++) {
            CompletableFuture<?> failed = batched.executeAsync(new GetAvailableTokensCommand());
            Exception failure = assertThrows(Exception.class, () -> failed.get(30, TimeUnit.SECONDS));
            assertInstanceOf(StackOverflowError.class, failure.getCause());
        }
    }
}
