package dev.hardening.ratelimit.micrometer;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.LimitStatus;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitEvent;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Counts what a limiter and a login throttle decide: give it to both as listener, and {@link #watch} the limiter.
 *
 * <p>Meters: {@code hardening.ratelimit.decisions} by outcome, {@code .denied} and {@code .near_limit} by policy,
 * {@code .degraded}, {@code .store.errors} by policy and operation, {@code .store.changes} by store and state,
 * {@code .login.throttled} by dimension, and the gauges {@code .keys} by policy and {@code .store.up} by store; of what
 * is in flight {@code .permits.inflight}, {@code .refused} and {@code .expired} by limit, {@code .shed.inflight} and
 * {@code .requests} by priority, and {@code .shed.expired}. No tag holds a key, an address, a path or a user, so the
 * number of time series is
 * bounded by the configuration. Safe for many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RateLimitMeters implements RateLimitListener {
    private static final String PREFIX = "hardening.ratelimit.";
    private static final String POLICY = "policy";
    private static final String SHEDDER = "shedder";
    private static final String PRIORITY = "priority";
    private static final String STORE = "store";
    /** A fifth or less of a limit is left. */
    private static final int NEAR = 5;

    private final MeterRegistry registry;

    private RateLimitMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Makes the listener.
     *
     * @param registry gets the meters
     * @return a listener
     */
    public static RateLimitMeters create(MeterRegistry registry) {
        return new RateLimitMeters(Objects.requireNonNull(registry, "registry"));
    }

    /**
     * Registers what can be counted for each policy of a limiter, so that the meters are there before the first refusal.
     *
     * @param limiter must live as long as the registry
     */
    public void watch(RateLimiter limiter) {
        for (Decision.Outcome outcome : Decision.Outcome.values()) {
            decisions(outcome);
        }
        for (Policy policy : limiter.policies()) {
            denied(policy.name());
            nearLimit(policy.name());
            Gauge.builder(
                            PREFIX + "keys",
                            limiter,
                            held -> held.trackedKeys(policy.name()).orElse(0))
                    .description("Keys of the policy held in this process")
                    .baseUnit("keys")
                    .tag(POLICY, policy.name())
                    .register(registry);
        }
    }

    /**
     * Registers what is in flight, refused and taken back under each limit of a concurrency limiter.
     *
     * @param limiter must live as long as the registry
     */
    public void watch(ConcurrencyLimiter limiter) {
        for (PermitLimit limit : limiter.limits()) {
            String name = limit.name();
            gauge(
                            "permits.inflight",
                            "Requests in flight under the limit",
                            limiter,
                            held -> held.inFlight(name).orElse(0))
                    .tag(POLICY, name)
                    .register(registry);
            counted(
                            "permits.refused",
                            "Requests refused for want of a place",
                            limiter,
                            held -> held.refused(name).orElse(0))
                    .tag(POLICY, name)
                    .register(registry);
            counted(
                            "permits.expired",
                            "Places taken back after the longest hold",
                            limiter,
                            held -> held.expired(name).orElse(0))
                    .tag(POLICY, name)
                    .register(registry);
        }
    }

    /**
     * Registers what is in flight and turned away by priority, and taken back, of a load shedder.
     *
     * @param shedder must live as long as the registry
     */
    public void watch(LoadShedder shedder) {
        for (Priority priority : Priority.values()) {
            gauge("shed.inflight", "Requests in flight", shedder, held -> held.inFlight(priority))
                    .tag(SHEDDER, shedder.name())
                    .tag(PRIORITY, tag(priority))
                    .register(registry);
            counted("shed.requests", "Requests turned away for want of room", shedder, held -> held.shed(priority))
                    .tag(SHEDDER, shedder.name())
                    .tag(PRIORITY, tag(priority))
                    .register(registry);
        }
        counted("shed.expired", "Places taken back after the longest hold", shedder, LoadShedder::expired)
                .tag(SHEDDER, shedder.name())
                .register(registry);
    }

    /**
     * Registers a gauge that is 1 while a store answers, 0 while it is left alone, and not a number before the first
     * call.
     *
     * @param name tells it from other stores
     * @param store must live as long as the registry
     */
    public void watch(String name, BucketStore store) {
        Gauge.builder(PREFIX + "store.up", store, RateLimitMeters::up)
                .description("Whether the bucket store answers this process")
                .tag(STORE, name)
                .register(registry);
    }

    @Override
    public void decided(RateLimitEvent.Decided event) {
        Decision decision = event.decision();
        decisions(decision.outcome()).increment();
        decision.violated().forEach(policy -> denied(policy).increment());
        if (decision.degraded()) {
            counter("degraded", "Requests let through although a store did not answer", "requests")
                    .register(registry)
                    .increment();
        }
        decision.statuses().stream()
                .filter(status -> decision.allowed() && isNear(status))
                .map(LimitStatus::policy)
                .distinct()
                .forEach(policy -> nearLimit(policy).increment());
    }

    @Override
    public void storeFailed(RateLimitEvent.StoreFailed event) {
        counter("store.errors", "Times that a bucket store did not answer", "errors")
                .tag(POLICY, event.policy())
                .tag("operation", tag(event.operation()))
                .register(registry)
                .increment();
    }

    @Override
    public void storeStateChanged(RateLimitEvent.StoreStateChanged event) {
        counter(
                        "store.changes",
                        "Times that a guarded bucket store fell silent, was probed or answered again",
                        "changes")
                .tag(STORE, event.store())
                .tag("state", tag(event.now()))
                .register(registry)
                .increment();
    }

    @Override
    public void loginThrottled(RateLimitEvent.LoginThrottled event) {
        counter("login.throttled", "Login attempts that had to wait", "attempts")
                .tag("throttle", event.throttle())
                .tag("dimension", tag(event.dimension()))
                .register(registry)
                .increment();
    }

    private static double up(BucketStore store) {
        return switch (store.health().status()) {
            case UP -> 1;
            case DOWN -> 0;
            case UNKNOWN -> Double.NaN;
        };
    }

    private static boolean isNear(LimitStatus status) {
        return !status.violated() && status.remaining() <= status.limit().capacity() / NEAR;
    }

    private Counter decisions(Decision.Outcome outcome) {
        return counter("decisions", "Requests decided", "requests")
                .tag("outcome", tag(outcome))
                .register(registry);
    }

    private Counter denied(String policy) {
        return counter("denied", "Requests that the policy refused", "requests")
                .tag(POLICY, policy)
                .register(registry);
    }

    private Counter nearLimit(String policy) {
        return counter("near_limit", "Requests let through with a fifth of a limit or less to spare", "requests")
                .tag(POLICY, policy)
                .register(registry);
    }

    private static Counter.Builder counter(String name, String description, String unit) {
        return Counter.builder(PREFIX + name).description(description).baseUnit(unit);
    }

    private static <T> Gauge.Builder<T> gauge(String name, String description, T watched, ToDoubleFunction<T> reader) {
        return Gauge.builder(PREFIX + name, watched, reader)
                .description(description)
                .baseUnit("requests");
    }

    private static <T> FunctionCounter.Builder<T> counted(
            String name, String description, T watched, ToDoubleFunction<T> reader) {
        return FunctionCounter.builder(PREFIX + name, watched, reader)
                .description(description)
                .baseUnit("requests");
    }

    private static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
