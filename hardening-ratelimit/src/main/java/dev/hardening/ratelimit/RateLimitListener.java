package dev.hardening.ratelimit;

/**
 * Hears what a limiter or a login throttle decides; every method does nothing unless overridden.
 *
 * <p>Called on the thread of the request, outside any lock, so it must be quick. What it throws is logged once and
 * dropped. For two listeners, use {@link #and}.
 */
public interface RateLimitListener {
    /**
     * Hears nothing.
     *
     * @return a listener that ignores everything
     */
    static RateLimitListener none() {
        return new RateLimitListener() {};
    }

    /**
     * Hears every decision of {@link RateLimiter#check}.
     *
     * @param event the decision
     */
    default void decided(RateLimitEvent.Decided event) {}

    /**
     * Hears that a store did not answer.
     *
     * @param event what was asked and what was answered instead
     */
    default void storeFailed(RateLimitEvent.StoreFailed event) {}

    /**
     * Hears that a guarded store fell silent, is probed, or answers again ({@link BucketStores#guarded}).
     *
     * @param event from which state to which
     */
    default void storeStateChanged(RateLimitEvent.StoreStateChanged event) {}

    /**
     * Hears that a login attempt has to wait.
     *
     * @param event whose and how long
     */
    default void loginThrottled(RateLimitEvent.LoginThrottled event) {}

    /**
     * Hears that policies were replaced ({@link RateLimiter#replacePolicies}).
     *
     * @param event the new version
     */
    default void policiesReplaced(RateLimitEvent.PoliciesReplaced event) {}

    /**
     * Hears that a limiter was put on trial or to rest ({@link RateLimiter#switchTo}).
     *
     * @param event what it does now
     */
    default void switched(RateLimitEvent.Switched event) {}

    /**
     * Hears that an administrator has looked at or changed how the limits of somebody stand ({@link
     * RateLimiter#admin}).
     *
     * @param event what was done and about whom
     */
    default void administered(RateLimitEvent.Administered event) {}

    /**
     * Tells this listener first and then another, whatever this one throws.
     *
     * @param next the other
     * @return a listener that tells both
     */
    default RateLimitListener and(RateLimitListener next) {
        return new ListenerPair(new GuardedListener(this), new GuardedListener(next));
    }
}
