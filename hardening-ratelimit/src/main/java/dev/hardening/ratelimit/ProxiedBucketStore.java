package dev.hardening.ratelimit;

import io.github.bucket4j.BucketState;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.VerboseResult;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/** Buckets that several processes share, through a proxy manager of bucket4j. */
final class ProxiedBucketStore implements BucketStore {
    private static final String FORMAT = "v1/";

    private final ProxyManager<String> manager;
    private final ConcurrentMap<String, List<Limit>> opened = new ConcurrentHashMap<>();

    ProxiedBucketStore(ProxyManager<String> manager) {
        this.manager = Objects.requireNonNull(manager, "manager");
    }

    @Override
    public Space open(SpaceSpec wanted) {
        String name = wanted.name();
        CompiledLimits compiled = CompiledLimits.of(wanted.limits());
        List<Limit> before = opened.putIfAbsent(name, compiled.limits());
        if (before != null && !before.equals(compiled.limits())) {
            throw new IllegalArgumentException('"' + name + "\" is open with other limits");
        }
        return new ProxiedSpace(FORMAT + name + '/', compiled);
    }

    private final class ProxiedSpace implements Space {
        private final String prefix;
        private final CompiledLimits limits;

        private ProxiedSpace(String prefix, CompiledLimits limits) {
            this.prefix = prefix;
            this.limits = limits;
        }

        @Override
        public Take take(String key, long tokens) {
            return asking(() -> {
                BucketProxy bucket = bucket(key);
                VerboseResult<ConsumptionProbe> result = bucket.asVerbose().tryConsumeAndReturnRemaining(tokens);
                boolean adapted = adapted(bucket, result);
                if (adapted && !result.getValue().isConsumed()) {
                    result = bucket.asVerbose().tryConsumeAndReturnRemaining(tokens);
                }
                boolean granted = result.getValue().isConsumed();
                BucketState state = adapted && granted
                        ? bucket.asVerbose().getAvailableTokens().getState()
                        : result.getState();
                long now = result.getOperationTimeNanos();
                return result(
                        granted, levels(granted, tokens, state, now), granted ? () -> credit(key, tokens) : () -> {});
            });
        }

        @Override
        public Take peek(String key, long tokens) {
            return asking(() -> {
                BucketProxy bucket = bucket(key);
                VerboseResult<Long> result = bucket.asVerbose().getAvailableTokens();
                if (adapted(bucket, result)) {
                    result = bucket.asVerbose().getAvailableTokens();
                }
                boolean granted = result.getValue() >= tokens;
                long now = result.getOperationTimeNanos();
                return result(granted, levels(granted, tokens, result.getState(), now), () -> {});
            });
        }

        @Override
        public void debit(String key, long tokens) {
            asking(() -> bucket(key).consumeIgnoringRateLimits(tokens));
        }

        @Override
        public void credit(String key, long tokens) {
            asking(() -> {
                bucket(key).addTokens(tokens);
                return true;
            });
        }

        @Override
        public void reset(String key) {
            asking(() -> {
                bucket(key).reset();
                return true;
            });
        }

        private Take result(boolean granted, List<Level> levels, Runnable undo) {
            return Take.of(granted, levels, Source.SHARED, undo);
        }

        private List<Level> levels(boolean granted, long tokens, BucketState state, long now) {
            return limits.levels(state, now, granted ? 0 : tokens);
        }

        private BucketProxy bucket(String key) {
            return manager.builder().build(prefix + key, limits::configuration);
        }

        /**
         * Brings a bucket that was stored under other limits up to ours, its debts kept. AS_IS never adds a token, so
         * two versions that run side by side can only take from each other, never give.
         */
        private boolean adapted(BucketProxy bucket, VerboseResult<?> result) {
            if (!limits.differs(result.getConfiguration())) {
                return false;
            }
            bucket.replaceConfiguration(limits.configuration(), TokensInheritanceStrategy.AS_IS);
            return true;
        }

        private <T> T asking(Supplier<T> call) {
            try {
                return call.get();
            } catch (RuntimeException failure) {
                throw new RateLimitUnavailableException("the bucket store did not answer for " + prefix, failure);
            }
        }
    }
}
