package dev.hardening.ratelimit.micrometer;

import static dev.hardening.ratelimit.micrometer.DecisionMeters.counter;
import static dev.hardening.ratelimit.micrometer.DecisionMeters.tag;

import dev.hardening.ratelimit.BucketStore;
import dev.hardening.ratelimit.Policy;
import dev.hardening.ratelimit.RateLimitEvent;
import dev.hardening.ratelimit.RateLimitListener;
import dev.hardening.ratelimit.RateLimiter;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter;
import dev.hardening.ratelimit.concurrency.LoadShedder;
import dev.hardening.ratelimit.concurrency.PermitLimit;
import dev.hardening.ratelimit.concurrency.Priority;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Counts what a limiter and a login throttle decide: give it to both as listener, and {@link #watch} the limiter.
 *
 * <p>Meters: {@code hardening.ratelimit.decisions} by outcome; {@code .denied}, {@code .shadow_denied}, {@code
 * .near_limit}, {@code .refund_failed}, {@code .overflow} and the gauges {@code .keys} and {@code .config.version} by
 * policy; {@code .degraded}; {@code .store.errors} by policy and operation, {@code .store.changes} by store and state, and
 * the gauges {@code .store.up} and {@code .clock.skew} and the counter {@code .store.broken} by store; the timer {@code
 * .decision} by policy, store and source, for a store that is {@link #timed}; {@code .administered} by policy and action;
 * {@code .login.throttled} by throttle and dimension; of what is in flight {@code .permits.inflight}, {@code .refused} and {@code .expired} by
 * limit, {@code .shed.inflight} and {@code .requests} by priority, and {@code .shed.expired}. All that is known to a
 * limiter is there before it happens. No tag holds a key, an address, a path or a user, so the number of time series is
 * bounded by the configuration. Safe for many threads.
 */
@SuppressWarnings("exports") // of an optional library: docs/adr/0075
public final class RateLimitMeters implements RateLimitListener {
    static final String PREFIX = "hardening.ratelimit.";
    static final String POLICY = "policy";
    private static final String SHEDDER = "shedder";
    private static final String PRIORITY = "priority";
    static final String STORE = "store";
    private static final double NANOS = 1e9;

    private final MeterRegistry registry;
    private final DecisionMeters decisions;

    private RateLimitMeters(MeterRegistry registry) {
        this.registry = registry;
        this.decisions = new DecisionMeters(registry);
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
     * Called again after {@link RateLimiter#replacePolicies}, it adds what is new.
     *
     * @param limiter must live as long as the registry
     */
    public void watch(RateLimiter limiter) {
        for (Policy policy : limiter.policies()) {
            String name = policy.name();
            decisions.of(name);
            Gauge.builder(
                            PREFIX + "keys",
                            limiter,
                            held -> held.trackedKeys(name).orElse(0))
                    .description("Keys of the policy held in this process")
                    .baseUnit("keys")
                    .tag(POLICY, name)
                    .register(registry);
            Gauge.builder(PREFIX + "config.version", limiter, RateLimiter::version)
                    .description("Version of the policies that decides in this process")
                    .baseUnit("version")
                    .tag(POLICY, name)
                    .register(registry);
            counted(
                            "overflow",
                            "Requests counted together with strangers because the table of keys was full",
                            limiter,
                            held -> held.overflows(name))
                    .tag(POLICY, name)
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

    /**
     * Times the answers of a store, by policy and by where the answer came from: the shared bucket, the cache of
     * refusals, the share of an outage, a lease, or none where the store did not answer. Around a guarded store it is what
     * requests wait for; inside of the guard, what the server takes.
     *
     * <p>Not for a store in the heap alone, whose decisions take less time than the measuring.
     *
     * @param name tells it from other stores
     * @param store a shared one; closing what is returned closes it
     * @return the store to build limiters with
     */
    public BucketStore timed(String name, BucketStore store) {
        return new TimedStore(Objects.requireNonNull(name, "name"), Objects.requireNonNull(store, "store"), registry);
    }

    /**
     * Registers how far the clock of this machine is ahead of a store's, for stores that know; not a number before the
     * first look.
     *
     * @param <T> the kind of store
     * @param name tells it from other stores
     * @param store must live as long as the registry
     * @param skew reads it, for example {@code PostgresBucketStore::clockSkew}
     */
    public <T> void watchClock(String name, T store, Function<T, Optional<Duration>> skew) {
        Objects.requireNonNull(skew, "skew");
        Gauge.builder(
                        PREFIX + "clock.skew",
                        store,
                        read -> skew.apply(read)
                                .map(ahead -> ahead.toNanos() / NANOS)
                                .orElse(Double.NaN))
                .description("How far the clock of this machine is ahead of the bucket store's")
                .baseUnit("seconds")
                .tag(STORE, name)
                .register(registry);
    }

    /**
     * Registers how many buckets of a store could not be read and were removed, for stores that know. Each of them
     * is full for whoever comes next, and tells that something else writes where the store does, or an older release did.
     *
     * @param <T> the kind of store
     * @param name tells it from other stores
     * @param store must live as long as the registry
     * @param removed reads how many so far, for example {@code redis -> redis.status().brokenBuckets()}
     */
    public <T> void watchBroken(String name, T store, ToLongFunction<T> removed) {
        Objects.requireNonNull(removed, "removed");
        FunctionCounter.builder(PREFIX + "store.broken", store, removed::applyAsLong)
                .description("Buckets that could not be read and were removed")
                .baseUnit("buckets")
                .tag(STORE, name)
                .register(registry);
    }

    @Override
    public void decided(RateLimitEvent.Decided event) {
        decisions.decided(event.decision());
    }

    @Override
    public void storeFailed(RateLimitEvent.StoreFailed event) {
        decisions.failed(event);
    }

    @Override
    public void administered(RateLimitEvent.Administered event) {
        counter("administered", "Times that an administrator looked at a caller or changed how he stands", "actions")
                .tag(POLICY, event.policy())
                .tag("action", tag(event.action()))
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
}
