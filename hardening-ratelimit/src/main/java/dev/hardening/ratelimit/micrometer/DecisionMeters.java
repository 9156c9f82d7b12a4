package dev.hardening.ratelimit.micrometer;

import dev.hardening.ratelimit.Decision;
import dev.hardening.ratelimit.Decision.Outcome;
import dev.hardening.ratelimit.LimitStatus;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.ratelimit.RateLimitEvent.StoreFailed;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Counts decisions and what stores failed at.
 *
 * <p>Counters are looked up once and kept: asking the registry builds names and tags each time, which costs more than
 * the decision. Policies are few and named by the configuration, so what is kept is bounded by it.
 */
final class DecisionMeters {
    /** A fifth or less of a limit is left. */
    private static final int NEAR = 5;

    private final MeterRegistry registry;
    private final Map<Outcome, Counter> outcomes = new EnumMap<>(Outcome.class);
    private final Counter degraded;
    private final ConcurrentMap<String, OfPolicy> policies = new ConcurrentHashMap<>();

    DecisionMeters(MeterRegistry registry) {
        this.registry = registry;
        for (Outcome outcome : Outcome.values()) {
            Counter counter = counter("decisions", "Requests decided", "requests")
                    .tag("outcome", tag(outcome))
                    .register(registry);
            outcomes.put(outcome, counter);
        }
        degraded = counter("degraded", "Requests let through although a store did not answer", "requests")
                .register(registry);
    }

    /** Registers what is counted for a policy, so that it is there before anything happens. */
    OfPolicy of(String policy) {
        OfPolicy known = policies.get(policy);
        return known == null ? policies.computeIfAbsent(policy, name -> new OfPolicy(registry, name)) : known;
    }

    void decided(Decision decision) {
        count(outcomes, decision.outcome());
        if (decision.degraded()) {
            degraded.increment();
        }
        decision.violated().forEach(policy -> of(policy).denied.increment());
        decision.shadowViolated().forEach(policy -> of(policy).shadowDenied.increment());
        if (decision.allowed()) {
            countNear(decision.statuses());
        }
    }

    void failed(StoreFailed event) {
        OfPolicy policy = of(event.policy());
        count(policy.errors, event.operation());
        if (event.operation() == Operation.REFUND) {
            policy.refundFailed.increment();
        }
    }

    /** Limits of a policy stand side by side, and a policy counts once. */
    private void countNear(List<LimitStatus> statuses) {
        String counted = "";
        for (LimitStatus status : statuses) {
            if (isNear(status) && !counted.equals(status.policy())) {
                counted = status.policy();
                of(counted).nearLimit.increment();
            }
        }
    }

    /** There is one for each word. */
    private static <E extends Enum<E>> void count(Map<E, Counter> counters, E word) {
        Objects.requireNonNull(counters.get(word)).increment();
    }

    private static boolean isNear(LimitStatus status) {
        return !status.violated() && status.remaining() <= status.limit().capacity() / NEAR;
    }

    static Counter.Builder counter(String name, String description, String unit) {
        return Counter.builder(RateLimitMeters.PREFIX + name)
                .description(description)
                .baseUnit(unit);
    }

    static String tag(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** What is counted for one policy. */
    static final class OfPolicy {
        private final Counter denied;
        private final Counter shadowDenied;
        private final Counter nearLimit;
        private final Counter refundFailed;
        private final Map<Operation, Counter> errors = new EnumMap<>(Operation.class);

        private OfPolicy(MeterRegistry registry, String policy) {
            denied = register(registry, policy, "denied", "Requests that the policy refused");
            shadowDenied = register(
                    registry, policy, "shadow_denied", "Requests that the policy, on trial, would have refused");
            nearLimit = register(
                    registry, policy, "near_limit", "Requests let through with a fifth of a limit or less to spare");
            refundFailed = register(registry, policy, "refund_failed", "Requests that were not paid back");
            for (Operation operation : Operation.values()) {
                Counter counter = counter("store.errors", "Times that a bucket store did not answer", "errors")
                        .tag(RateLimitMeters.POLICY, policy)
                        .tag("operation", tag(operation))
                        .register(registry);
                errors.put(operation, counter);
            }
        }

        private static Counter register(MeterRegistry registry, String policy, String name, String description) {
            return counter(name, description, "requests")
                    .tag(RateLimitMeters.POLICY, policy)
                    .register(registry);
        }
    }
}
