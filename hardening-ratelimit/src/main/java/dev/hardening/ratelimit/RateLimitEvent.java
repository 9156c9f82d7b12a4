package dev.hardening.ratelimit;

import java.time.Duration;
import java.util.Objects;

/** Something a limiter tells its {@link RateLimitListener}. */
public sealed interface RateLimitEvent {
    /**
     * A request was decided.
     *
     * @param facts what was known about it
     * @param decision what was decided
     */
    record Decided(RequestFacts facts, Decision decision) implements RateLimitEvent {
        /** Checks that nothing is missing. */
        public Decided {
            Objects.requireNonNull(facts, "facts");
            Objects.requireNonNull(decision, "decision");
        }
    }

    /**
     * A store did not answer.
     *
     * @param policy the policy, or the name of the login throttle, that had to do without
     * @param operation what was asked
     * @param mode what was answered instead
     * @param cause what the store said
     */
    record StoreFailed(String policy, Operation operation, FailureMode mode, Throwable cause)
            implements RateLimitEvent {
        /** Checks that nothing is missing. */
        public StoreFailed {
            Objects.requireNonNull(policy, "policy");
            Objects.requireNonNull(operation, "operation");
            Objects.requireNonNull(mode, "mode");
            Objects.requireNonNull(cause, "cause");
        }
    }

    /**
     * A login attempt has to wait.
     *
     * @param throttle the name of the login throttle
     * @param tenant the tenant as given
     * @param account the account in its canonical form; a personal datum
     * @param clientAddress the address as given
     * @param dimension what refused it
     * @param retryAfter how long to wait
     */
    record LoginThrottled(
            String throttle,
            String tenant,
            String account,
            String clientAddress,
            LoginThrottle.Dimension dimension,
            Duration retryAfter)
            implements RateLimitEvent {
        /** Checks that nothing is missing. */
        public LoginThrottled {
            Objects.requireNonNull(throttle, "throttle");
            Objects.requireNonNull(tenant, "tenant");
            Objects.requireNonNull(account, "account");
            Objects.requireNonNull(clientAddress, "clientAddress");
            Objects.requireNonNull(dimension, "dimension");
            Objects.requireNonNull(retryAfter, "retryAfter");
        }

        /** Leaves out whose login it was. */
        @Override
        public String toString() {
            return "LoginThrottled[" + throttle + ", " + dimension + ", " + retryAfter + ']';
        }
    }

    /** Says what a store was asked. */
    enum Operation {
        /** To take tokens. */
        TAKE,
        /** To give tokens back. */
        REFUND,
        /** To note a failed login. */
        PENALTY
    }
}
