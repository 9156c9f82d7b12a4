package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a request may go on now, by any number of policies.
 *
 * <p>All or nothing: if one policy refuses, the others give back what they took, and the decision names every policy
 * that would have refused, so that waiting {@link Decision#retryAfter} is enough.
 *
 * <p>Safe for many threads; never parks one. With the local store a check does no I/O; with a shared store it is one
 * round trip a policy. A store that does not answer is an outcome, never an exception.
 *
 * <pre>{@code
 * RateLimiter limiter = RateLimiter.builder()
 *         .policy(Policy.named("api-user")
 *                 .key(Keys.user())
 *                 .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
 *                 .limit(Limit.of("second", 20, Duration.ofSeconds(1)))
 *                 .build())
 *         .build();
 * Decision decision = limiter.check(RequestFacts.builder().userId("u1").build());
 * }</pre>
 */
public final class RateLimiter {
    private final List<PolicyBuckets> policies;
    private final RateLimitListener listener;

    private RateLimiter(List<PolicyBuckets> policies, RateLimitListener listener) {
        this.policies = policies;
        this.listener = listener;
    }

    /**
     * Starts a limiter; what is not set is local and unheard.
     *
     * @return a builder for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Counts a request and decides.
     *
     * @param facts what is known about the request
     * @return the decision; {@link Decision.Outcome#STORE_DENIED} where a store did not answer
     */
    public Decision check(RequestFacts facts) {
        Decision decision = new Check(policies, listener).run(Objects.requireNonNull(facts, "facts"));
        listener.decided(new RateLimitEvent.Decided(facts, decision));
        return decision;
    }

    /**
     * Lists the policies.
     *
     * @return in the order in which they are asked, unmodifiable
     */
    public List<Policy> policies() {
        return policies.stream().map(PolicyBuckets::policy).toList();
    }

    /**
     * Counts the keys of a policy that are held in this process.
     *
     * @param policy the policy's name
     * @return the number, give or take, or empty where the keys are elsewhere or there is no such policy
     */
    public OptionalLong trackedKeys(String policy) {
        return policies.stream()
                .filter(entry -> entry.policy().name().equals(policy))
                .map(entry -> entry.space().size())
                .findFirst()
                .orElse(OptionalLong.empty());
    }

    /** Collects a limiter; not for several threads. */
    public static final class Builder {
        private final List<Policy> policies = new ArrayList<>();
        private @Nullable BucketStore store;
        private LongSupplier ticker = System::nanoTime;
        private RateLimitListener listener = RateLimitListener.none();

        private Builder() {}

        /**
         * Adds a policy; a limiter without one is refused.
         *
         * @param policy its name must differ from those of the others
         * @return this builder
         */
        public Builder policy(Policy policy) {
            policies.add(Objects.requireNonNull(policy, "policy"));
            return this;
        }

        /**
         * Sets where buckets are kept; in this process, with {@link LocalSpec#standard()}, if not called.
         *
         * @param buckets the store; it stays the caller's to close
         * @return this builder
         */
        public Builder store(BucketStore buckets) {
            store = Objects.requireNonNull(buckets, "buckets");
            return this;
        }

        /**
         * Sets the elapsed time of the default store; {@link System#nanoTime()} if not called. A store that was set
         * goes by its own.
         *
         * @param nanos elapsed nanoseconds
         * @return this builder
         */
        public Builder ticker(LongSupplier nanos) {
            ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Sets who hears of decisions and store failures; nobody if not called.
         *
         * @param observer the listener
         * @return this builder
         */
        public Builder listener(RateLimitListener observer) {
            listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Makes the limiter.
         *
         * @return the limiter
         * @throws RateLimitConfigurationException with every fault found
         */
        public RateLimiter build() {
            List<String> faults = new ArrayList<>();
            Set<String> names = new HashSet<>();
            if (policies.isEmpty()) {
                faults.add("a limiter needs a policy");
            }
            policies.stream()
                    .map(Policy::name)
                    .filter(name -> !names.add(name))
                    .forEach(name -> faults.add("two policies have the name \"" + name + '"'));
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return new RateLimiter(open(), new GuardedListener(listener));
        }

        private List<PolicyBuckets> open() {
            BucketStore buckets =
                    store == null ? BucketStores.local(LocalSpec.standard().withTicker(ticker)) : store;
            List<PolicyBuckets> opened = new ArrayList<>();
            List<String> faults = new ArrayList<>();
            for (Policy policy : policies) {
                try {
                    opened.add(new PolicyBuckets(policy, buckets.open(policy.name(), policy.limits())));
                } catch (IllegalArgumentException refused) {
                    faults.add("policy \"" + policy.name() + "\": " + refused.getMessage());
                }
            }
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return List.copyOf(opened);
        }
    }

    /** A policy and where its buckets are. */
    record PolicyBuckets(Policy policy, BucketStore.Space space) {
        private static final String SHARED_KEY = "-";

        Optional<String> key(RequestFacts facts) {
            Optional<String> key = policy.key().resolve(facts);
            boolean share = key.isEmpty() && policy.missingKey() == MissingKey.SHARE;
            return share ? Optional.of(SHARED_KEY) : key;
        }
    }
}
