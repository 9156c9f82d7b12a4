package dev.hardening.ratelimit.redis;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.ProxiedSpec;
import dev.hardening.ratelimit.internal.StoreClock;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.RetryDecision;
import io.github.bucket4j.distributed.proxy.RetryStrategy;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslVerifyMode;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps buckets in Redis, exact over all processes on it.
 *
 * <p>On bucket4j's own Redis back end (compare and swap, through Lettuce): two commands for a take that is granted, one
 * for a refusal; calls for one key at the same time travel together. Time is the server's. A key expires when its bucket
 * has long been full, so that expiry never gives a token away.
 *
 * <p>Nothing waits for Redis longer than the request timeout, and the application starts while Redis is away: the store
 * connects by itself, in the background, again and again. What cannot be asked is a {@link
 * dev.hardening.ratelimit.RateLimitUnavailableException}.
 *
 * <p>The server must not evict keys ({@code maxmemory-policy noeviction}, or a server of its own): an evicted bucket is a
 * full one. It has to allow {@code GET}, {@code EVAL}, {@code SET}, {@code PSETEX}, {@code DEL}, {@code TYPE} and {@code
 * TIME}, and {@code SELECT} for another database than 0. Safe for many threads; {@link #close} ends the connection and the threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RedisBucketStore implements BucketStore {
    private static final long CLOSING_MILLIS = 1_000;

    private final @Nullable Clock chosen;
    private final StoreClock serverTime;
    private final AtomicLong removed = new AtomicLong();
    private final ScheduledExecutorService scheduler;
    private final @Nullable OwnClient own;
    private final RedisLink<String> link;
    private final BucketStore buckets;

    private RedisBucketStore(Builder builder) {
        String name = name(builder.uri);
        RedisURI uri = RedisURI.builder(builder.uri)
                .withTimeout(builder.connectTimeout)
                .build();
        serverTime = new StoreClock(name, System::nanoTime, builder.machine);
        scheduler = timer();
        own = builder.client == null ? OwnClient.to(uri, builder.connectTimeout) : null;
        RedisClient client = own == null ? Objects.requireNonNull(builder.client) : own.client();
        StateCodec codec = new StateCodec();
        link = new RedisLink<>(
                name, () -> client.connectAsync(codec, uri), serverTime, scheduler, builder.requestTimeout);
        chosen = builder.clock;
        TimeMeter clock = chosen == null ? serverTime : StoreClock.of(chosen);
        MendingProxies proxies = new MendingProxies(
                new Bucket4jLettuce.LettuceBasedProxyManagerBuilder<>(link)
                        .clientClock(clock)
                        .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
                                builder.keepAfterFull))
                        .retryStrategy(new Retries(builder.requestTimeout.toNanos(), new Jitter())),
                link,
                removed);
        ProxiedSpec spec = ProxiedSpec.standard().withTimeout(builder.requestTimeout);
        buckets = BucketStores.proxied(proxies, builder.executor == null ? spec : spec.withExecutor(builder.executor));
        link.open();
    }

    /**
     * Makes a store with the defaults of the builder.
     *
     * @param uri as for {@link #builder(String)}
     * @return the store, to be closed
     */
    public static RedisBucketStore connect(String uri) {
        return builder(uri).build();
    }

    /**
     * Starts a store with a client of its own.
     *
     * @param uri {@code redis://user:password@host:port/database}, {@code rediss://...} for TLS with the host's name
     *     checked, or {@code redis-socket:///path}, as Lettuce's {@link RedisURI} has it
     * @return a builder for one thread
     * @throws IllegalArgumentException if it cannot be read, is one of Sentinel, or turns the check of the server's
     *     certificate or of its name off; the message repeats none of it, since it may hold a password
     */
    public static Builder builder(String uri) {
        Objects.requireNonNull(uri, "uri");
        return new Builder(null, read(uri));
    }

    /**
     * Starts a store with a client of its own.
     *
     * @param uri as for {@link #builder(String)}
     * @return a builder for one thread
     * @throws IllegalArgumentException as for {@link #builder(String)}
     */
    public static Builder builder(URI uri) {
        return builder(uri.toString());
    }

    /**
     * Starts a store with a connection of its own on a client of yours, which keeps its threads and options.
     *
     * <p>What bounds the memory of an outage, and what keeps a command that was lost with a connection from being sent
     * a second time, are options of the client: set {@code autoReconnect(false)}, {@code
     * disconnectedBehavior(REJECT_COMMANDS)} and a {@code requestQueueSize}, as a store with a client of its own does.
     * With Lettuce's defaults, what was given back may then be counted twice, and the queue has no end.
     *
     * @param client stays the caller's to close
     * @param uri where to connect
     * @return a builder for one thread
     * @throws IllegalArgumentException as for {@link #builder(String)}
     */
    public static Builder builder(RedisClient client, RedisURI uri) {
        return new Builder(Objects.requireNonNull(client, "client"), checked(uri));
    }

    @Override
    public Space open(SpaceSpec spec) {
        return buckets.open(spec);
    }

    @Override
    public Optional<Instant> time() {
        return chosen == null ? serverTime.time() : Optional.of(chosen.instant());
    }

    /**
     * Says how the connection stands.
     *
     * @return a look at this moment
     */
    public Status status() {
        return new Status(link.connected(), link.connections(), removed.get(), serverTime.skew());
    }

    /** Ends the connection and the threads; a client of yours stays open. */
    @Override
    public void close() {
        link.close();
        scheduler.shutdown();
        try {
            // A connection that is just being begun wants the client's threads.
            scheduler.awaitTermination(CLOSING_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        scheduler.shutdownNow();
        if (own != null) {
            own.close();
        }
    }

    @Override
    public String toString() {
        return "RedisBucketStore[" + (link.connected() ? "connected" : "not connected") + ']';
    }

    private static RedisURI read(String uri) {
        RedisURI read;
        try {
            read = RedisURI.create(uri);
        } catch (RuntimeException unreadable) {
            // Its message, and that of its cause, repeat the address.
            throw new IllegalArgumentException(
                    "the address of Redis cannot be read: redis://user:password@host:port/0");
        }
        String host = read.getHost();
        if (host != null && host.indexOf(':') >= 0 && !host.startsWith("[")) {
            throw new IllegalArgumentException("the host or the port in the address of Redis cannot be read");
        }
        return checked(read);
    }

    private static RedisURI checked(RedisURI uri) {
        if (!uri.getSentinels().isEmpty() || uri.getSentinelMasterId() != null) {
            throw new IllegalArgumentException("redis-sentinel is not supported: name the server itself");
        }
        if (uri.isSsl() && uri.getVerifyMode() != SslVerifyMode.FULL) {
            throw new IllegalArgumentException(
                    "the address of Redis turns the check of the server's certificate or name off");
        }
        return uri;
    }

    private static ScheduledExecutorService timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, step -> OwnClient.daemon("timer", step));
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return timer;
    }

    private static String name(RedisURI uri) {
        if (uri.getSocket() != null) {
            return "redis at " + uri.getSocket();
        }
        return "redis at " + uri.getHost() + ':' + uri.getPort() + '/' + uri.getDatabase();
    }

    /** Another process was faster: twice at once, then after a while left to chance, as long as the caller is there. */
    private record Retries(long budget, Jitter jitter) implements RetryStrategy {
        private static final long STEP = 200_000;
        private static final int MOST_STEPS = 25;
        private static final int AT_ONCE = 2;

        @Override
        public RetryDecision shouldRetry(RetryMetadata tried) {
            if (tried.getElapsedTimeNanos() >= budget) {
                return RetryDecision.stop();
            }
            int attempt = tried.getAttemptNumber();
            return attempt <= AT_ONCE
                    ? RetryDecision.retryImmediately()
                    : RetryDecision.retryAfter(
                            Duration.ofNanos(1 + jitter.below(STEP * Math.min(attempt, MOST_STEPS))));
        }
    }

    /**
     * Says how the connection of a store stands.
     *
     * @param connected whether there is one
     * @param connections how many there were, this one included
     * @param brokenBuckets how many keys held something that was no bucket and were removed
     * @param clockSkew how far this machine's clock is ahead of the server's; empty before the first connection. Limits
     *     count by the server's
     */
    public record Status(boolean connected, long connections, long brokenBuckets, Optional<Duration> clockSkew) {}

    /** Collects a store; not for several threads. */
    public static final class Builder {
        private final @Nullable RedisClient client;
        private final RedisURI uri;
        private @Nullable Clock clock;
        private Clock machine = Clock.systemUTC();
        private @Nullable Executor executor;
        private Duration requestTimeout = Duration.ofMillis(50);
        private Duration connectTimeout = Duration.ofSeconds(1);
        private Duration keepAfterFull = Duration.ofMinutes(1);

        private Builder(@Nullable RedisClient client, RedisURI uri) {
            this.client = client;
            this.uri = uri;
        }

        /**
         * Sets how long a caller waits; 50 ms if not called. Every single command is given as much.
         *
         * @param timeout 5 ms to 5 s
         * @return this builder
         */
        public Builder requestTimeout(Duration timeout) {
            requestTimeout = between(timeout, Duration.ofMillis(5), Duration.ofSeconds(5));
            return this;
        }

        /**
         * Sets how long connecting may last, and greeting as long again; 1 s if not called. No caller waits for it
         * longer than for an answer.
         *
         * @param timeout 50 ms to 10 s
         * @return this builder
         */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = between(timeout, Duration.ofMillis(50), Duration.ofSeconds(10));
            return this;
        }

        /**
         * Sets how long a key stays after its bucket is full; 1 min if not called.
         *
         * @param grace 1 s to 1 day
         * @return this builder
         */
        public Builder keepAfterFull(Duration grace) {
            keepAfterFull = between(grace, Duration.ofSeconds(1), Duration.ofDays(1));
            return this;
        }

        /**
         * Sets the threads on which {@link Space#takeAsync} completes; the common pool if not called. The thread that
         * talks to Redis must not be kept waiting, so with {@code Runnable::run} nothing that follows may wait.
         *
         * @param threads stay the caller's to end
         * @return this builder
         */
        public Builder executor(Executor threads) {
            executor = Objects.requireNonNull(threads, "threads");
            return this;
        }

        /**
         * Sets a clock to count by instead of the server's, for tests that move time.
         *
         * @param wallClock the clock of all processes on this server
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /** What this machine takes for the time; compared with the server's, never counted by. */
        Builder machineClock(Clock wallClock) {
            machine = wallClock;
            return this;
        }

        /**
         * Makes the store, which begins to connect and does not wait for it.
         *
         * @return the store, to be closed
         */
        public RedisBucketStore build() {
            return new RedisBucketStore(this);
        }

        private static Duration between(Duration value, Duration least, Duration most) {
            if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
                throw new IllegalArgumentException("must be " + least + " to " + most + ", got " + value);
            }
            return value;
        }
    }
}
