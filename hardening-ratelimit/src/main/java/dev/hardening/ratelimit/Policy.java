package dev.hardening.ratelimit;

import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Says who is counted, how much he may do, and what happens when that cannot be known.
 *
 * <p>All limits of a policy share one bucket per key; a quota of the calendar has one of its own. Each policy has its
 * own table of keys, so a flood of addresses before the login takes nothing from the users behind it. Immutable; made
 * by {@link #named}.
 */
public final class Policy {
    private final PolicyParts parts;

    private Policy(PolicyParts parts) {
        this.parts = parts;
    }

    /**
     * Starts a policy.
     *
     * @param name {@code [a-z][a-z0-9._-]{0,63}}; stands in HTTP fields and meters, and before every stored key
     * @return a builder for one thread
     */
    public static Builder named(String name) {
        return new Builder(Objects.requireNonNull(name, "name"));
    }

    /**
     * Names the policy.
     *
     * @return the name
     */
    public String name() {
        return parts.name;
    }

    /**
     * Says what is counted by.
     *
     * @return the key
     */
    public KeySpec key() {
        return Objects.requireNonNull(parts.key);
    }

    /**
     * Lists the limits of callers without a tier.
     *
     * @return at least one, unmodifiable
     */
    public List<Limit> limits() {
        return parts.limits;
    }

    /**
     * Lists the limits of each tier.
     *
     * @return by the tier's name, unmodifiable
     */
    public Map<String, List<Limit>> tiers() {
        return parts.tiers;
    }

    /**
     * Says what one request costs, where nothing else is said for its route and no function is set.
     *
     * @return at least 1 and no more than the smallest capacity
     */
    public long cost() {
        return parts.cost;
    }

    /**
     * Says whether the policy refuses, only says that it would, or rests.
     *
     * @return {@link Mode#ENFORCE} unless set
     */
    public Mode mode() {
        return parts.mode;
    }

    /**
     * Says what happens to a request without a key.
     *
     * @return {@link MissingKey#SHARE} unless set
     */
    public MissingKey missingKey() {
        return parts.missingKey;
    }

    /**
     * Says what happens while the store does not answer.
     *
     * @return {@link FailureMode#CLOSED} unless set
     */
    public FailureMode failureMode() {
        return parts.failureMode;
    }

    /**
     * Says whether the caller may learn how the limits stand.
     *
     * @return {@link Visibility#SHOWN} unless set
     */
    public Visibility visibility() {
        return parts.visibility;
    }

    /**
     * Prints the name.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return parts.name;
    }

    /** The key that a request is counted under, or null if it is not. */
    @Nullable
    Object keyOf(RequestFacts facts) {
        Object found = key().find(facts);
        return found == null && parts.missingKey == MissingKey.SHARE ? KeySpec.NOBODY : found;
    }

    PolicyParts parts() {
        return parts;
    }

    /** Says what a policy does with a refusal. */
    public enum Mode {
        /** Refuses. */
        ENFORCE,
        /** Counts and tells its listener, and lets pass; the way to try a limit out. */
        SHADOW,
        /** Asks nothing. */
        OFF
    }

    /** Collects a policy; not for several threads. */
    public static final class Builder {
        private final PolicyParts parts;

        private Builder(String name) {
            parts = new PolicyParts(name);
        }

        /**
         * Says what to count by; a policy without a key is refused.
         *
         * @param spec from {@link Keys}
         * @return this builder
         */
        public Builder key(KeySpec spec) {
            parts.key = Objects.requireNonNull(spec, "spec");
            return this;
        }

        /**
         * Adds a limit; a policy without one is refused. A long limit wants a short one beside it, or all of it can be
         * used in one second.
         *
         * @param limit its id must differ from those of the others
         * @return this builder
         */
        public Builder limit(Limit limit) {
            parts.addLimit(Objects.requireNonNull(limit, "limit"));
            return this;
        }

        /**
         * Adds a tier with limits of its own, in place of those of {@link #limit}. Its name is part of the key; what
         * was used in one tier counts in the other after a change ({@link #tierBy}). A renamed tier is a new one.
         *
         * @param name {@code [a-z][a-z0-9_-]{0,31}}
         * @param limits at least one
         * @return this builder
         */
        public Builder tier(String name, Limit... limits) {
            parts.addTier(Objects.requireNonNull(name, "name"), List.of(limits));
            return this;
        }

        /**
         * Says which tier a caller is in, for example by his plan. A change takes effect with the next request: upwards
         * the difference is there at once, downwards what is left is cut to the smaller limit, and going to and fro
         * gives nothing; save that processes which know a caller in different tiers notice within 5 s. With tiers each
         * limit has a bucket of its own.
         *
         * @param reader names a tier; empty or unknown means the limits of {@link #limit}. Must not block
         * @return this builder
         */
        public Builder tierBy(Function<RequestFacts, Optional<String>> reader) {
            parts.tierReader = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Sets what one request costs; 1 if not called.
         *
         * @param tokens 1 to the smallest capacity, or the request could never pass
         * @return this builder
         */
        public Builder cost(long tokens) {
            parts.cost = tokens;
            return this;
        }

        /**
         * Sets what a request to one route costs.
         *
         * @param route as {@link RequestFacts#route} gives it
         * @param tokens 1 to the smallest capacity
         * @return this builder
         */
        public Builder costOf(String route, long tokens) {
            parts.addCost(Objects.requireNonNull(route, "route"), tokens);
            return this;
        }

        /**
         * Computes what a request costs, in place of {@link #cost} and {@link #costOf}. Below 1 counts as 1; above the
         * smallest capacity is {@link Decision.Outcome#NEVER}.
         *
         * @param reader must not block; what it throws reaches the caller of {@link RateLimiter#check}
         * @return this builder
         */
        public Builder costBy(ToLongFunction<RequestFacts> reader) {
            parts.costReader = Objects.requireNonNull(reader, "reader");
            return this;
        }

        /**
         * Applies the policy to some requests only; to all if not called. Called twice, both must hold.
         *
         * @param requests must not block
         * @return this builder
         */
        public Builder when(Predicate<RequestFacts> requests) {
            parts.addCondition(Objects.requireNonNull(requests, "requests"));
            return this;
        }

        /**
         * Leaves some callers out; nobody if not called. Called twice, one is enough.
         *
         * @param callers must not block
         * @return this builder
         */
        public Builder exempt(Predicate<RequestFacts> callers) {
            parts.addExemption(Objects.requireNonNull(callers, "callers"));
            return this;
        }

        /**
         * Sets what a refusal means; {@link Mode#ENFORCE} if not called.
         *
         * @param word the mode
         * @return this builder
         */
        public Builder mode(Mode word) {
            parts.mode = Objects.requireNonNull(word, "word");
            return this;
        }

        /**
         * Sets what happens to a request without a key; {@link MissingKey#SHARE} if not called.
         *
         * @param rule the rule
         * @return this builder
         */
        public Builder onMissingKey(MissingKey rule) {
            parts.missingKey = Objects.requireNonNull(rule, "rule");
            return this;
        }

        /**
         * Sets what happens while the store does not answer; {@link FailureMode#CLOSED} if not called.
         *
         * @param mode the mode
         * @return this builder
         */
        public Builder onStoreFailure(FailureMode mode) {
            parts.failureMode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /**
         * Keeps how the limits stand from the caller. Wanted wherever the key is a claim and not a proof, for example
         * the account name in a registration form: the figures would tell him about somebody else.
         *
         * @return this builder
         */
        public Builder hidden() {
            parts.visibility = Visibility.HIDDEN;
            return this;
        }

        /**
         * Makes the policy.
         *
         * @return the policy
         * @throws RateLimitConfigurationException with every fault found
         */
        public Policy build() {
            PolicyParts made = parts.copy();
            List<String> faults = made.faults();
            if (!faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return new Policy(made);
        }
    }
}
