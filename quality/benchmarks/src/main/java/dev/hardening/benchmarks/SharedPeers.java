package dev.hardening.benchmarks;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStores;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.redis.RedisBucketStore;
import dev.hardening.testing.Eventually;
import dev.hardening.testing.PrivateRedis;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.RemoteBucketBuilder;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.redisson.Redisson;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/**
 * The same limit on one real Redis of its own, on loopback, for all who keep it there. Each takes one token of the user
 * of a number and says whether it was granted; what a peer can make once for a user is made before.
 *
 * <p>The token bucket as a script is the algorithm that Spring Cloud Gateway publishes, in our own writing and with the
 * commands that it sends to Redis: level and time are read, refilled, and written back with an expiry, whether or not
 * the request passes.
 */
final class SharedPeers implements AutoCloseable {
    static final int USERS = 1_000;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final double NANOS = Duration.ofSeconds(1).toNanos();
    private static final String TOKEN_BUCKET = """
            local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
            local now, wanted = tonumber(ARGV[3]), tonumber(ARGV[4])
            local level = tonumber(redis.call('get', KEYS[1]) or capacity)
            local seen = tonumber(redis.call('get', KEYS[2]) or now)
            level = math.min(capacity, level + math.max(0, now - seen) * rate)
            local passes = level >= wanted
            if passes then
              level = level - wanted
            end
            local keep = math.floor(2 * capacity / rate)
            if keep > 0 then
              redis.call('setex', KEYS[1], keep, level)
              redis.call('setex', KEYS[2], keep, now)
            end
            return { passes and 1 or 0, level }
            """;

    private final PrivateRedis redis = PrivateRedis.start();
    private final RedisClient lettuce = RedisClient.create(redis.uri().toString());
    private final StatefulRedisConnection<String, String> words = lettuce.connect();
    private final ProxyManager<String> bucket4j = Bucket4jLettuce.casBasedBuilder(
                    lettuce.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)))
            .expirationAfterWrite(
                    ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofMinutes(1)))
            .build();
    private final RedissonClient redisson = redisson();
    /** As patient as can be, since no peer gives up at 50 ms: a stall of the machine must not count as an outage. */
    private final RedisBucketStore store = RedisBucketStore.builder(redis.uri())
            .requestTimeout(Duration.ofSeconds(5))
            .build();

    private final BucketStore guarded = BucketStores.guarded(store, OutageSpec.standard());
    private final RequestFacts[] facts = IntStream.range(0, USERS)
            .mapToObj(user -> RequestFacts.builder().userId("user-" + user).build())
            .toArray(RequestFacts[]::new);

    SharedPeers() {
        Eventually.until(
                PATIENCE, "our store is connected", () -> store.status().connected());
    }

    /** Ours as it is meant to be used: the store of Redis behind the guard with its defaults. */
    RateLimiter limiter(String name, Limit limit) {
        return RateLimiter.builder()
                .store(guarded)
                .policy(LocalPeers.policy(name, Keys.user(), limit))
                .build();
    }

    Decision decide(RateLimiter limiter, int user) {
        return limiter.check(facts[user]);
    }

    /** bucket4j's own proxies, each made once. */
    IntPredicate bucket4j(String name, Limit limit) {
        return bucket4j(name, limit, bucket4j.builder());
    }

    /** The same with bucket4j's batching, which one has to ask for. */
    IntPredicate bucket4jBatching(String name, Limit limit) {
        return bucket4j(name, limit, bucket4j.builder().withOptimization(Optimizations.batching()));
    }

    private static IntPredicate bucket4j(String name, Limit limit, RemoteBucketBuilder<String> builder) {
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(LocalPeers.bandwidth(limit))
                .build();
        BucketProxy[] proxies = IntStream.range(0, USERS)
                .mapToObj(user -> builder.build(name + "/user-" + user, () -> configuration))
                .toArray(BucketProxy[]::new);
        return user -> proxies[user].tryConsumeAndReturnRemaining(1).isConsumed();
    }

    /** A number of requests for each user and window, the least that can be called a limit. */
    IntPredicate incr(String name, Limit limit) {
        RedisCommands<String, String> commands = words.sync();
        long window = limit.per().toMillis();
        return user -> {
            String key = name + "/user-" + user + '/' + System.currentTimeMillis() / window;
            long count = commands.incr(key);
            if (count == 1) {
                commands.pexpire(key, 2 * window);
            }
            return count <= limit.capacity();
        };
    }

    IntPredicate redisson(String name, Limit limit) {
        RRateLimiter[] limiters = IntStream.range(0, USERS)
                .mapToObj(user -> redisson.getRateLimiter(name + "/user-" + user))
                .toArray(RRateLimiter[]::new);
        for (RRateLimiter limiter : limiters) {
            limiter.trySetRate(RateType.OVERALL, limit.refill(), limit.per());
        }
        return user -> limiters[user].tryAcquire();
    }

    IntPredicate script(String name, Limit limit) {
        RedisCommands<String, String> commands = words.sync();
        String digest = commands.scriptLoad(TOKEN_BUCKET);
        String rate = Double.toString(limit.refill() * NANOS / limit.per().toNanos());
        String capacity = Long.toString(limit.capacity());
        return user -> {
            String key = name + "/{user-" + user + '}';
            String now = Long.toString(System.currentTimeMillis() / 1_000);
            List<Long> answer = commands.evalsha(
                    digest,
                    ScriptOutputType.MULTI,
                    new String[] {key + "/tokens", key + "/time"},
                    rate,
                    capacity,
                    now,
                    "1");
            return answer.get(0) == 1;
        };
    }

    CommandStats commands() {
        return CommandStats.of(redis.command("INFO", "commandstats"));
    }

    @Override
    public void close() {
        guarded.close();
        redisson.shutdown();
        lettuce.shutdown();
        redis.close();
    }

    private RedissonClient redisson() {
        Config config = new Config();
        config.useSingleServer().setAddress(redis.uri().toString());
        return Redisson.create(config);
    }
}
