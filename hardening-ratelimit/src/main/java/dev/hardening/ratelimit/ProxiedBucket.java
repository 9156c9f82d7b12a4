package dev.hardening.ratelimit;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.Nothing;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.VerboseResult;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.remote.RemoteCommand;
import io.github.bucket4j.distributed.remote.commands.CheckConfigurationVersionAndExecuteCommand;
import io.github.bucket4j.distributed.remote.commands.GetAvailableTokensCommand;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** One bucket of a shared store as this process sees it: the same questions to a blocking and to an async proxy. */
interface ProxiedBucket {
    CompletableFuture<VerboseResult<ConsumptionProbe>> take(long tokens);

    CompletableFuture<VerboseResult<Long>> available();

    CompletableFuture<VerboseResult<Long>> debit(long tokens);

    CompletableFuture<VerboseResult<Nothing>> credit(long tokens);

    CompletableFuture<VerboseResult<Nothing>> reset();

    CompletableFuture<VerboseResult<Nothing>> replace(BucketConfiguration configuration);

    /** Whether it is stored under a later version of the limits than {@code version}. */
    CompletableFuture<Boolean> newerThan(long version);

    /** Asked for a version above {@code version}, a bucket of an earlier one says that it would have to be replaced. */
    private static RemoteCommand<Long> above(long version) {
        return new CheckConfigurationVersionAndExecuteCommand<>(new GetAvailableTokensCommand(), version + 1);
    }

    /** Asks in the thread of the caller; every future it gives is complete. */
    record Blocking(BucketProxy proxy, BatchedCommands commands) implements ProxiedBucket {
        @Override
        public CompletableFuture<VerboseResult<ConsumptionProbe>> take(long tokens) {
            return asked(() -> proxy.asVerbose().tryConsumeAndReturnRemaining(tokens));
        }

        @Override
        public CompletableFuture<VerboseResult<Long>> available() {
            return asked(() -> proxy.asVerbose().getAvailableTokens());
        }

        @Override
        public CompletableFuture<VerboseResult<Long>> debit(long tokens) {
            return asked(() -> proxy.asVerbose().consumeIgnoringRateLimits(tokens));
        }

        @Override
        public CompletableFuture<VerboseResult<Nothing>> credit(long tokens) {
            return asked(() -> proxy.asVerbose().addTokens(tokens));
        }

        @Override
        public CompletableFuture<VerboseResult<Nothing>> reset() {
            return asked(() -> proxy.asVerbose().reset());
        }

        @Override
        public CompletableFuture<VerboseResult<Nothing>> replace(BucketConfiguration configuration) {
            return asked(() -> proxy.asVerbose().replaceConfiguration(configuration, TokensInheritanceStrategy.AS_IS));
        }

        @Override
        public CompletableFuture<Boolean> newerThan(long version) {
            return asked(() -> commands.executes(above(version)));
        }

        private static <T> CompletableFuture<T> asked(Supplier<T> question) {
            try {
                return CompletableFuture.completedFuture(question.get());
            } catch (RuntimeException failure) {
                return CompletableFuture.failedFuture(failure);
            }
        }
    }

    /** Asks without waiting. */
    record Async(AsyncBucketProxy proxy, BatchedCommands commands) implements ProxiedBucket {
        @Override
        public CompletableFuture<VerboseResult<ConsumptionProbe>> take(long tokens) {
            return proxy.asVerbose().tryConsumeAndReturnRemaining(tokens);
        }

        @Override
        public CompletableFuture<VerboseResult<Long>> available() {
            return proxy.asVerbose().getAvailableTokens();
        }

        @Override
        public CompletableFuture<VerboseResult<Long>> debit(long tokens) {
            return proxy.asVerbose().consumeIgnoringRateLimits(tokens);
        }

        @Override
        public CompletableFuture<VerboseResult<Nothing>> credit(long tokens) {
            return proxy.asVerbose().addTokens(tokens);
        }

        @Override
        public CompletableFuture<VerboseResult<Nothing>> reset() {
            return proxy.asVerbose().reset();
        }

        @Override
        public CompletableFuture<VerboseResult<Nothing>> replace(BucketConfiguration configuration) {
            return proxy.asVerbose().replaceConfiguration(configuration, TokensInheritanceStrategy.AS_IS);
        }

        @Override
        public CompletableFuture<Boolean> newerThan(long version) {
            return commands.executesAsync(above(version));
        }
    }
}
