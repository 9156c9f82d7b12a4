package dev.hardening.ratelimit;

import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.ratelimit.RateLimitEvent.StoreFailed;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** Where the buckets of each policy are, by its name, and who is blocked there, whatever the version of the policies. */
final class PolicyStores {
    private final BucketStore standard;
    private final Map<String, BucketStore> placed;
    private final Times times;
    private final RateLimitListener listener;
    private final ConcurrentMap<String, Blocks> blocks = new ConcurrentHashMap<>();

    PolicyStores(BucketStore standard, Map<String, BucketStore> placed, Times times, RateLimitListener listener) {
        this.standard = standard;
        this.placed = Map.copyOf(placed);
        this.times = times;
        this.listener = listener;
    }

    /** Opens a version of the policies; what is known of blocks is kept for those that stay. */
    Plan open(long version, List<Policy> policies) {
        Plan plan = Plan.open(version, policies, this);
        blocks.keySet().retainAll(policies.stream().map(Policy::name).collect(Collectors.toSet()));
        return plan;
    }

    BucketStore of(Policy policy) {
        return placed.getOrDefault(policy.name(), standard);
    }

    Clock clock() {
        return times.clock;
    }

    LongSupplier ticker() {
        return times.ticker;
    }

    Blocks blocks(Policy policy) {
        return blocks.computeIfAbsent(policy.name(), name -> open(policy, of(policy)));
    }

    private Blocks open(Policy policy, BucketStore store) {
        String name = policy.name();
        if (store instanceof LocalBucketStore heap) {
            return new HeapBlocks(heap.open(Blocks.space(name)));
        }
        return new SharedBlocks(
                () -> store.open(Blocks.space(name)),
                times.ticker,
                failure -> listener.storeFailed(new StoreFailed(name, Operation.BLOCK, policy.failureMode(), failure)));
    }

    /** Elapsed time and time of day. */
    record Times(LongSupplier ticker, Clock clock) {}
}
