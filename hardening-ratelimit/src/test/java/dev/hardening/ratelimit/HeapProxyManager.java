package dev.hardening.ratelimit;

import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.proxy.ClientSideConfig;
import io.github.bucket4j.distributed.proxy.generic.compare_and_swap.AbstractCompareAndSwapBasedProxyManager;
import io.github.bucket4j.distributed.proxy.generic.compare_and_swap.AsyncCompareAndSwapOperation;
import io.github.bucket4j.distributed.proxy.generic.compare_and_swap.CompareAndSwapOperation;
import io.github.bucket4j.distributed.remote.RemoteBucketState;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A user's own proxy manager: states in the heap, asked with or without waiting, and broken on request. */
final class HeapProxyManager extends AbstractCompareAndSwapBasedProxyManager<String> {
    final ConcurrentMap<String, byte[]> states = new ConcurrentHashMap<>();
    final AtomicInteger reads = new AtomicInteger();
    volatile boolean throwing;
    volatile boolean silent;
    /** Where answers come from that need not be waited for; none: at once. */
    volatile @Nullable Executor wire;

    private final boolean async;

    HeapProxyManager(boolean async, TimeMeter clock) {
        super(ClientSideConfig.getDefault().withClientClock(clock));
        this.async = async;
    }

    @Override
    protected CompareAndSwapOperation beginCompareAndSwapOperation(String key) {
        return new CompareAndSwapOperation() {
            @Override
            public Optional<byte[]> getStateData(Optional<Long> timeout) {
                return read(key);
            }

            @Override
            public boolean compareAndSwap(byte[] old, byte[] young, RemoteBucketState state, Optional<Long> timeout) {
                return swap(key, old, young);
            }
        };
    }

    @Override
    protected AsyncCompareAndSwapOperation beginAsyncCompareAndSwapOperation(String key) {
        return new AsyncCompareAndSwapOperation() {
            @Override
            public CompletableFuture<Optional<byte[]>> getStateData(Optional<Long> timeout) {
                Executor answers = wire;
                if (answers != null) {
                    return CompletableFuture.supplyAsync(() -> read(key), answers);
                }
                Optional<byte[]> read = read(key);
                return silent ? new CompletableFuture<>() : CompletableFuture.completedFuture(read);
            }

            @Override
            public CompletableFuture<Boolean> compareAndSwap(
                    byte[] old, byte[] young, RemoteBucketState state, Optional<Long> timeout) {
                Executor answers = wire;
                return answers == null
                        ? CompletableFuture.supplyAsync(() -> swap(key, old, young))
                        : CompletableFuture.supplyAsync(() -> swap(key, old, young), answers);
            }
        };
    }

    private Optional<byte[]> read(String key) {
        if (throwing) {
            throw new IllegalStateException("broken on request");
        }
        reads.incrementAndGet();
        return Optional.ofNullable(states.get(key));
    }

    private boolean swap(String key, byte[] old, byte[] young) {
        AtomicBoolean swapped = new AtomicBoolean();
        states.compute(key, (same, held) -> {
            swapped.set(Arrays.equals(held, old));
            return swapped.get() ? young : held;
        });
        return swapped.get();
    }

    @Override
    public void removeProxy(String key) {
        states.remove(key);
    }

    @Override
    protected CompletableFuture<Void> removeAsync(String key) {
        states.remove(key);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isAsyncModeSupported() {
        return async;
    }
}
