package dev.hardening.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.util.concurrent.RateLimiter;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.KeySpec;
import dev.hardening.ratelimit.Limit;
import dev.hardening.ratelimit.Policy;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.LocalBucketBuilder;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;
import java.util.List;

/** The same limits for all who keep them in the heap. */
final class LocalPeers {
    static final Limit PLENTY = Limit.of("second", 1_000_000_000, Duration.ofSeconds(1));
    static final Limit PLENTY_A_MINUTE = Limit.of("minute", 1_000_000_000, Duration.ofMinutes(1));
    static final Limit ONE_A_DAY = Limit.of("day", 1, Duration.ofDays(1));

    private static final int MOST_KEYS = 200_000;
    private static final Duration IDLE = Duration.ofMinutes(10);

    private LocalPeers() {}

    static Policy policy(String name, KeySpec key, Limit... limits) {
        Policy.Builder policy = Policy.named(name).key(key);
        List.of(limits).forEach(policy::limit);
        return policy.build();
    }

    static dev.hardening.ratelimit.RateLimiter hardening(Policy... policies) {
        dev.hardening.ratelimit.RateLimiter.Builder limiter = dev.hardening.ratelimit.RateLimiter.builder();
        List.of(policies).forEach(limiter::policy);
        return limiter.build();
    }

    static Bandwidth bandwidth(Limit limit) {
        return Bandwidth.builder()
                .capacity(limit.capacity())
                .refillGreedy(limit.refill(), limit.per())
                .build();
    }

    static Bucket bucket(Limit... limits) {
        LocalBucketBuilder bucket = Bucket.builder().withNanosecondPrecision();
        for (Limit limit : limits) {
            bucket.addLimit(bandwidth(limit));
        }
        return bucket.build();
    }

    static RateLimiter guava(Limit limit) {
        return RateLimiter.create(limit.refill()
                * (double) Duration.ofSeconds(1).toNanos()
                / limit.per().toNanos());
    }

    static RateLimiterRegistry resilience(Limit limit) {
        return RateLimiterRegistry.of(RateLimiterConfig.custom()
                .limitForPeriod((int) limit.refill())
                .limitRefreshPeriod(limit.per())
                .timeoutDuration(Duration.ZERO)
                .build());
    }

    static <T> Cache<String, T> bounded() {
        return Caffeine.newBuilder()
                .maximumSize(MOST_KEYS)
                .expireAfterAccess(IDLE)
                .build();
    }

    static Decision allowed(Decision decision) {
        return checked(decision, Decision.Outcome.ALLOWED);
    }

    static Decision denied(Decision decision) {
        return checked(decision, Decision.Outcome.DENIED);
    }

    private static Decision checked(Decision decision, Decision.Outcome expected) {
        if (decision.outcome() != expected) {
            throw new IllegalStateException("expected " + expected + ", got " + decision);
        }
        return decision;
    }
}
