package dev.hardening.ratelimit;

/** Says what a policy answers while its store does not. */
public enum FailureMode {
    /** Refuses, as {@link Decision.Outcome#STORE_DENIED} and over HTTP as 503, never as 429. */
    CLOSED,
    /** Lets pass and marks the decision as degraded; never for what guards a login. */
    OPEN,
    /**
     * Counts in this process by a share of the limits, where the store has such a fallback, and settles up afterwards;
     * elsewhere as {@link #CLOSED}.
     */
    LOCAL
}
