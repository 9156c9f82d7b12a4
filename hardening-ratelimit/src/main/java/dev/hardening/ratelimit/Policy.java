package dev.hardening.ratelimit;

import dev.hardening.ratelimit.LimitStatus.Visibility;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says who is counted, how much he may do, and what happens when that cannot be known.
 *
 * <p>All limits of a policy share one bucket per key. Each policy has its own table of keys, so a flood of addresses
 * before the login takes nothing from the users behind it. Immutable; made by {@link #named}.
 */
public final class Policy {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,63}");
    private static final int MOST_LIMITS = 8;

    private final String name;
    private final KeySpec key;
    private final List<Limit> limits;
    private final long cost;
    private final MissingKey missingKey;
    private final FailureMode failureMode;
    private final Visibility visibility;

    private Policy(Builder builder, KeySpec key) {
        name = builder.name;
        this.key = key;
        limits = List.copyOf(builder.limits);
        cost = builder.cost;
        missingKey = builder.missingKey;
        failureMode = builder.failureMode;
        visibility = builder.visibility;
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
        return name;
    }

    /**
     * Says what is counted by.
     *
     * @return the key
     */
    public KeySpec key() {
        return key;
    }

    /**
     * Lists the limits.
     *
     * @return at least one, unmodifiable
     */
    public List<Limit> limits() {
        return limits;
    }

    /**
     * Says what one request costs.
     *
     * @return at least 1 and no more than the smallest capacity
     */
    public long cost() {
        return cost;
    }

    /**
     * Says what happens to a request without a key.
     *
     * @return {@link MissingKey#SHARE} unless set
     */
    public MissingKey missingKey() {
        return missingKey;
    }

    /**
     * Says what happens while the store does not answer.
     *
     * @return {@link FailureMode#CLOSED} unless set
     */
    public FailureMode failureMode() {
        return failureMode;
    }

    /**
     * Says whether the caller may learn how the limits stand.
     *
     * @return {@link Visibility#SHOWN} unless set
     */
    public Visibility visibility() {
        return visibility;
    }

    /**
     * Prints the name.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return name;
    }

    /** Collects a policy; not for several threads. */
    public static final class Builder {
        private final String name;
        private final List<Limit> limits = new ArrayList<>();
        private @Nullable KeySpec key;
        private long cost = 1;
        private MissingKey missingKey = MissingKey.SHARE;
        private FailureMode failureMode = FailureMode.CLOSED;
        private Visibility visibility = Visibility.SHOWN;

        private Builder(String name) {
            this.name = name;
        }

        /**
         * Says what to count by; a policy without a key is refused.
         *
         * @param spec from {@link Keys}
         * @return this builder
         */
        public Builder key(KeySpec spec) {
            key = Objects.requireNonNull(spec, "spec");
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
            limits.add(Objects.requireNonNull(limit, "limit"));
            return this;
        }

        /**
         * Sets what one request costs; 1 if not called.
         *
         * @param tokens 1 to the smallest capacity, or the request could never pass
         * @return this builder
         */
        public Builder cost(long tokens) {
            cost = tokens;
            return this;
        }

        /**
         * Sets what happens to a request without a key; {@link MissingKey#SHARE} if not called.
         *
         * @param rule the rule
         * @return this builder
         */
        public Builder onMissingKey(MissingKey rule) {
            missingKey = Objects.requireNonNull(rule, "rule");
            return this;
        }

        /**
         * Sets what happens while the store does not answer; {@link FailureMode#CLOSED} if not called.
         *
         * @param mode the mode
         * @return this builder
         */
        public Builder onStoreFailure(FailureMode mode) {
            failureMode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /**
         * Keeps how the limits stand from the caller. Wanted wherever the key is a claim and not a proof, for example
         * the account name in a registration form: the figures would tell him about somebody else.
         *
         * @return this builder
         */
        public Builder hidden() {
            visibility = Visibility.HIDDEN;
            return this;
        }

        /**
         * Makes the policy.
         *
         * @return the policy
         * @throws RateLimitConfigurationException with every fault found
         */
        public Policy build() {
            List<String> faults = faults();
            KeySpec spec = key;
            if (spec == null || !faults.isEmpty()) {
                throw new RateLimitConfigurationException(faults);
            }
            return new Policy(this, spec);
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            String who = "policy \"" + name + "\": ";
            if (!NAME.matcher(name).matches()) {
                faults.add(who + "the name must match " + NAME);
            }
            if (key == null) {
                faults.add(who + "a key is missing");
            }
            if (limits.isEmpty() || limits.size() > MOST_LIMITS) {
                faults.add(who + "there must be 1 to " + MOST_LIMITS + " limits, got " + limits.size());
            }
            Set<String> ids = new HashSet<>();
            for (Limit limit : limits) {
                if (!ids.add(limit.id())) {
                    faults.add(who + "two limits have the id \"" + limit.id() + '"');
                }
                if (cost > limit.capacity()) {
                    faults.add(who + "a cost of " + cost + " can never pass limit \"" + limit.id() + "\" of "
                            + limit.capacity());
                }
            }
            if (cost < 1) {
                faults.add(who + "cost must be at least 1, got " + cost);
            }
            return faults;
        }
    }
}
