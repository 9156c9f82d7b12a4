package dev.hardening.ratelimit.health;

import dev.hardening.health.CheckResult;
import dev.hardening.health.HealthCheck;
import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.BucketStore.Health;
import dev.hardening.ratelimit.RateLimitAdmin.Finding;
import dev.hardening.ratelimit.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Makes the checks of this module; none of them does I/O, waits, or names a caller. */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RateLimitChecks {
    private static final Duration SKEWED = Duration.ofMillis(500);

    private RateLimitChecks() {}

    /**
     * Tells whether a shared store answers, by what the calls of this process have found.
     *
     * <p>Warns {@code silent} while it is left alone: policies then do what they declare for that case, so the service is
     * degraded and not down. The data name the status and for how many seconds it has been so. Meant for a guarded store
     * ({@link dev.hardening.ratelimit.BucketStores#guarded}); of others nothing is known.
     *
     * @param store watched
     * @return the check
     */
    public static HealthCheck store(BucketStore store) {
        return store(store, Optional::empty);
    }

    /**
     * Tells whether a shared store answers, and warns {@code skewed} where the clock of this machine is more than 500 ms
     * from the store's. Limits count by the store's clock and stay exact; logs and tokens of this machine are off.
     *
     * @param store watched
     * @param skew how far the clock of this machine is ahead, for example {@code postgres::clockSkew}
     * @return the check
     */
    public static HealthCheck store(BucketStore store, Supplier<Optional<Duration>> skew) {
        Objects.requireNonNull(store, "store");
        Objects.requireNonNull(skew, "skew");
        return deadline -> judge(store.health(), skew.get());
    }

    /**
     * Tells whether the policies have {@link RateLimiter#findings}: warns {@code findings}, with the codes of each policy
     * in the data.
     *
     * @param limiter watched
     * @return the check
     */
    public static HealthCheck policies(RateLimiter limiter) {
        Objects.requireNonNull(limiter, "limiter");
        return deadline -> judge(limiter.version(), limiter.findings());
    }

    static CheckResult judge(Health health, Optional<Duration> skew) {
        boolean skewed = skew.filter(ahead -> ahead.abs().compareTo(SKEWED) > 0).isPresent();
        CheckResult result = CheckResult.ok();
        if (health.status() == Health.Status.DOWN) {
            result = CheckResult.warn("silent");
        } else if (skewed) {
            result = CheckResult.warn("skewed");
        }
        result = result.with("status", health.status())
                .with("ageSeconds", health.age().toSeconds());
        return skew.isPresent() ? result.with("skewMillis", skew.get().toMillis()) : result;
    }

    private static CheckResult judge(long version, List<Finding> findings) {
        CheckResult result = findings.isEmpty() ? CheckResult.ok() : CheckResult.warn("findings");
        result = result.with("version", version).with("findings", findings.size());
        var codes = findings.stream()
                .collect(Collectors.groupingBy(
                        Finding::policy,
                        TreeMap::new,
                        Collectors.mapping(finding -> finding.code().name(), Collectors.joining(","))));
        for (var policy : codes.entrySet()) {
            result = result.with("policy." + policy.getKey(), policy.getValue());
        }
        return result;
    }
}
