package dev.hardening.ratelimit;

import java.time.Duration;

/**
 * Says how one limit of one policy stands after a decision.
 *
 * @param policy the policy's name
 * @param limit the limit
 * @param remaining what may still pass at once, never below zero; after a refusal, with what was given back
 * @param nextToken the wait until more than {@code remaining} may pass; zero where the limit is untouched
 * @param retryAfter the wait until this limit lets the refused request pass; zero where it did not refuse it
 * @param visibility whether the caller may be told
 */
public record LimitStatus(
        String policy, Limit limit, long remaining, Duration nextToken, Duration retryAfter, Visibility visibility) {
    /**
     * Names policy and limit together, as the HTTP fields do.
     *
     * @return {@code policy.limit}
     */
    public String name() {
        return policy + '.' + limit.id();
    }

    /**
     * Tells whether this limit refused the request.
     *
     * @return whether there is something to wait for
     */
    public boolean violated() {
        return !retryAfter.isZero();
    }

    /** Says whether the caller may learn how a limit stands. */
    public enum Visibility {
        /** The caller has proven that the key is his own (his session, his address): it may stand in HTTP fields. */
        SHOWN,
        /**
         * The key is what the caller claims (an account name), or strangers share the bucket (all who have no key, or those
         * of a stripe): only {@code Retry-After} goes out.
         */
        HIDDEN
    }
}
