package dev.hardening.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.util.concurrent.RateLimiter;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RequestFacts;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One decision for one of 10,000 users, in the process. Peers answer yes or no; ours and the bucket4j probe also know
 * what is left and when to come back. resilience4j's registry and guava's limiters are unbounded or have no such answer.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LimitsBenchmark {
    private static final int USERS = 10_000;
    private static final long PLENTY = 1_000_000_000;

    private final dev.hardening.ratelimit.RateLimiter ours = limiter(PLENTY, Duration.ofSeconds(1));
    private final dev.hardening.ratelimit.RateLimiter spent = limiter(1, Duration.ofDays(1));
    private final Cache<String, Bucket> buckets = bounded();
    private final Cache<String, Bucket> spentBuckets = bounded();
    private final Cache<String, RateLimiter> guava = bounded();
    private final RateLimiterRegistry resilience = RateLimiterRegistry.of(RateLimiterConfig.custom()
            .limitForPeriod(Integer.MAX_VALUE)
            .limitRefreshPeriod(Duration.ofSeconds(1))
            .timeoutDuration(Duration.ZERO)
            .build());
    private final RequestFacts[] facts = new RequestFacts[USERS];
    private final String[] users = new String[USERS];
    private int next;

    public LimitsBenchmark() {
        for (int i = 0; i < USERS; i++) {
            users[i] = "user-" + i;
            facts[i] = RequestFacts.builder().userId(users[i]).build();
            spent.check(facts[i]);
            spentBuckets.get(users[i], key -> bucket(1, Duration.ofDays(1))).tryConsume(1);
        }
    }

    @Benchmark
    public Decision allowed_hardening() {
        return ours.check(facts[turn()]);
    }

    @Benchmark
    public ConsumptionProbe allowed_bucket4jProbe() {
        return buckets.get(users[turn()], key -> bucket(PLENTY, Duration.ofSeconds(1)))
                .tryConsumeAndReturnRemaining(1);
    }

    @Benchmark
    public boolean allowed_guava() {
        return guava.get(users[turn()], key -> RateLimiter.create(PLENTY)).tryAcquire();
    }

    @Benchmark
    public boolean allowed_resilience4jUnbounded() {
        return resilience.rateLimiter(users[turn()]).acquirePermission();
    }

    @Benchmark
    public Decision denied_hardening() {
        return spent.check(facts[turn()]);
    }

    @Benchmark
    public ConsumptionProbe denied_bucket4jProbe() {
        return spentBuckets
                .get(users[turn()], key -> bucket(1, Duration.ofDays(1)))
                .tryConsumeAndReturnRemaining(1);
    }

    private int turn() {
        next = next + 1 == USERS ? 0 : next + 1;
        return next;
    }

    private static dev.hardening.ratelimit.RateLimiter limiter(long amount, Duration per) {
        return dev.hardening.ratelimit.RateLimiter.builder()
                .policy(Policy.named("user")
                        .key(Keys.user())
                        .limit(Limit.of("only", amount, per))
                        .build())
                .build();
    }

    private static Bucket bucket(long amount, Duration per) {
        return Bucket.builder()
                .addLimit(Bandwidth.builder()
                        .capacity(amount)
                        .refillGreedy(amount, per)
                        .build())
                .withNanosecondPrecision()
                .build();
    }

    private static <T> Cache<String, T> bounded() {
        return Caffeine.newBuilder()
                .maximumSize(200_000)
                .expireAfterAccess(Duration.ofMinutes(10))
                .build();
    }
}
