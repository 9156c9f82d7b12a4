package dev.hardening.ratelimit;

import java.time.Duration;

/** Something a limiter tells its {@link RateLimitListener}. */
public sealed interface RateLimitEvent {
    /**
     * A request was decided.
     *
     * @param facts what was known about it
     * @param decision what was decided
     */
    record Decided(RequestFacts facts, Decision decision) implements RateLimitEvent {
        /** Leaves out whose request it was; facts of an application print what they like. */
        @Override
        public String toString() {
            return "Decided[" + decision + ']';
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
            implements RateLimitEvent {}

    /**
     * A guarded store was found silent, is being probed, or answers again.
     *
     * @param store the name given to {@link BucketStores.OutageSpec}
     * @param before the state it was in
     * @param now the state it is in
     * @param lasted how long it was in the former
     */
    record StoreStateChanged(String store, StoreState before, StoreState now, Duration lasted)
            implements RateLimitEvent {}

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
        /** Leaves out whose login it was. */
        @Override
        public String toString() {
            return "LoginThrottled[" + throttle + ", " + dimension + ", " + retryAfter + ']';
        }
    }

    /**
     * All policies were replaced.
     *
     * @param version of the new ones
     */
    record PoliciesReplaced(long version) implements RateLimitEvent {}

    /**
     * The whole limiter was put on trial or to rest, or back to work.
     *
     * @param mode what it does now
     */
    record Switched(Policy.Mode mode) implements RateLimitEvent {}

    /** Says how a guarded store stands with the process that asks it. */
    enum StoreState {
        /** It answers, and every call goes to it. */
        ANSWERING,
        /** It failed too often, and no call goes to it. */
        SILENT,
        /** One call has gone to it and is to find out whether it answers again. */
        PROBED
    }

    /**
     * An administrator has looked at, or changed, how the limits of somebody stand ({@link RateLimitAdmin}).
     *
     * @param policy the policy
     * @param action what was done
     * @param facts about whom; who did it is known to the application alone
     * @param tokens taken or given, else 0
     * @param duration of a block, else zero
     */
    record Administered(String policy, Action action, RequestFacts facts, long tokens, Duration duration)
            implements RateLimitEvent {
        /** Leaves out about whom. */
        @Override
        public String toString() {
            return "Administered[" + policy + ", " + action + ", " + tokens + ", " + duration + ']';
        }
    }

    /** Says what a store was asked. */
    enum Operation {
        /** To take tokens. */
        TAKE,
        /** To give tokens back. */
        REFUND,
        /** To note a failed login, or what a request cost beyond its price. */
        PENALTY,
        /** To carry what was used from one tier into the next. */
        SETTLE,
        /** To tell who is blocked. */
        BLOCK,
        /** What an administrator asked. */
        ADMIN
    }

    /** Says what an administrator did. */
    enum Action {
        /** Looked how the limits stand. */
        PEEK,
        /** Filled them up. */
        RESET,
        /** Took tokens. */
        PENALISE,
        /** Gave tokens. */
        REWARD,
        /** Blocked. */
        BLOCK,
        /** Lifted a block. */
        UNBLOCK
    }
}
