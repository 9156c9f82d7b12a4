package dev.hardening.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.google.common.util.concurrent.RateLimiter;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.RequestFacts;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One decision for one of 10,000 users, in the process: by one policy, by three (user, tenant, client address), by two
 * limits in one bucket, and a refusal. Peers answer yes or no; ours and the bucket4j probe also know what is left and
 * when to come back. resilience4j's registry is unbounded. The three buckets of bucket4j are asked one after the other
 * and give nothing back.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LimitsBenchmark {
    private static final int USERS = 10_000;
    private static final int TENANTS = 100;

    private final dev.hardening.ratelimit.RateLimiter ours =
            LocalPeers.hardening(LocalPeers.policy("user", Keys.user(), LocalPeers.PLENTY));
    private final dev.hardening.ratelimit.RateLimiter three = LocalPeers.hardening(
            LocalPeers.policy("user", Keys.user(), LocalPeers.PLENTY),
            LocalPeers.policy("tenant", Keys.tenant(), LocalPeers.PLENTY),
            LocalPeers.policy("client", Keys.clientAddress(), LocalPeers.PLENTY));
    private final dev.hardening.ratelimit.RateLimiter two =
            LocalPeers.hardening(LocalPeers.policy("user", Keys.user(), LocalPeers.PLENTY, LocalPeers.PLENTY_A_MINUTE));
    private final dev.hardening.ratelimit.RateLimiter spent =
            LocalPeers.hardening(LocalPeers.policy("user", Keys.user(), LocalPeers.ONE_A_DAY));
    private final Cache<String, Bucket> buckets = LocalPeers.bounded();
    private final Cache<String, Bucket> tenantBuckets = LocalPeers.bounded();
    private final Cache<String, Bucket> addressBuckets = LocalPeers.bounded();
    private final Cache<String, Bucket> pairs = LocalPeers.bounded();
    private final Cache<String, Bucket> spentBuckets = LocalPeers.bounded();
    private final Cache<String, RateLimiter> guava = LocalPeers.bounded();
    private final Cache<String, RateLimiter> spentGuava = LocalPeers.bounded();
    private final RateLimiterRegistry resilience = LocalPeers.resilience(LocalPeers.PLENTY);
    private final RateLimiterRegistry spentResilience = LocalPeers.resilience(LocalPeers.ONE_A_DAY);
    private final RequestFacts[] facts = new RequestFacts[USERS];
    private final String[] users = new String[USERS];
    private final String[] tenants = new String[USERS];
    private final String[] addresses = new String[USERS];
    private int next;

    public LimitsBenchmark() {
        for (int i = 0; i < USERS; i++) {
            users[i] = "user-" + i;
            tenants[i] = "tenant-" + i % TENANTS;
            addresses[i] = "198.18." + i / 250 + '.' + (1 + i % 250);
            facts[i] = RequestFacts.builder()
                    .userId(users[i])
                    .tenantId(tenants[i])
                    .clientAddress(addresses[i])
                    .build();
            spent.check(facts[i]);
            spentBuckets
                    .get(users[i], key -> LocalPeers.bucket(LocalPeers.ONE_A_DAY))
                    .tryConsume(1);
            spentGuava
                    .get(users[i], key -> LocalPeers.guava(LocalPeers.ONE_A_DAY))
                    .tryAcquire();
            spentResilience.rateLimiter(users[i]).acquirePermission();
        }
    }

    @Benchmark
    public Decision allowed_hardening() {
        return LocalPeers.allowed(ours.check(facts[turn()]));
    }

    @Benchmark
    public ConsumptionProbe allowed_bucket4jProbe() {
        return bucket(buckets, users[turn()]).tryConsumeAndReturnRemaining(1);
    }

    @Benchmark
    public boolean allowed_bucket4jTryConsume() {
        return bucket(buckets, users[turn()]).tryConsume(1);
    }

    @Benchmark
    public boolean allowed_guava() {
        return guava.get(users[turn()], key -> LocalPeers.guava(LocalPeers.PLENTY))
                .tryAcquire();
    }

    @Benchmark
    public boolean allowed_resilience4jUnbounded() {
        return resilience.rateLimiter(users[turn()]).acquirePermission();
    }

    @Benchmark
    public Decision threePolicies_hardening() {
        return LocalPeers.allowed(three.check(facts[turn()]));
    }

    @Benchmark
    public boolean threePolicies_bucket4jProbes() {
        int turn = turn();
        return bucket(buckets, users[turn]).tryConsumeAndReturnRemaining(1).isConsumed()
                && bucket(tenantBuckets, tenants[turn])
                        .tryConsumeAndReturnRemaining(1)
                        .isConsumed()
                && bucket(addressBuckets, addresses[turn])
                        .tryConsumeAndReturnRemaining(1)
                        .isConsumed();
    }

    @Benchmark
    public boolean threePolicies_bucket4jTryConsume() {
        int turn = turn();
        return bucket(buckets, users[turn]).tryConsume(1)
                && bucket(tenantBuckets, tenants[turn]).tryConsume(1)
                && bucket(addressBuckets, addresses[turn]).tryConsume(1);
    }

    @Benchmark
    public Decision twoLimits_hardening() {
        return LocalPeers.allowed(two.check(facts[turn()]));
    }

    @Benchmark
    public ConsumptionProbe twoLimits_bucket4jProbe() {
        return pair(users[turn()]).tryConsumeAndReturnRemaining(1);
    }

    @Benchmark
    public boolean twoLimits_bucket4jTryConsume() {
        return pair(users[turn()]).tryConsume(1);
    }

    @Benchmark
    public Decision denied_hardening() {
        return LocalPeers.denied(spent.check(facts[turn()]));
    }

    @Benchmark
    public ConsumptionProbe denied_bucket4jProbe() {
        return spentBucket().tryConsumeAndReturnRemaining(1);
    }

    @Benchmark
    public boolean denied_bucket4jTryConsume() {
        return spentBucket().tryConsume(1);
    }

    @Benchmark
    public boolean denied_guava() {
        return spentGuava
                .get(users[turn()], key -> LocalPeers.guava(LocalPeers.ONE_A_DAY))
                .tryAcquire();
    }

    @Benchmark
    public boolean denied_resilience4jUnbounded() {
        return spentResilience.rateLimiter(users[turn()]).acquirePermission();
    }

    private int turn() {
        next = next + 1 == USERS ? 0 : next + 1;
        return next;
    }

    private static Bucket bucket(Cache<String, Bucket> table, String key) {
        return table.get(key, absent -> LocalPeers.bucket(LocalPeers.PLENTY));
    }

    private Bucket pair(String key) {
        return pairs.get(key, absent -> LocalPeers.bucket(LocalPeers.PLENTY, LocalPeers.PLENTY_A_MINUTE));
    }

    private Bucket spentBucket() {
        return spentBuckets.get(users[turn()], absent -> LocalPeers.bucket(LocalPeers.ONE_A_DAY));
    }
}
