package dev.hardening.ratelimit;

/** Tells two listeners. */
record ListenerPair(RateLimitListener first, RateLimitListener second) implements RateLimitListener {
    @Override
    public void decided(RateLimitEvent.Decided event) {
        first.decided(event);
        second.decided(event);
    }

    @Override
    public void storeFailed(RateLimitEvent.StoreFailed event) {
        first.storeFailed(event);
        second.storeFailed(event);
    }

    @Override
    public void storeStateChanged(RateLimitEvent.StoreStateChanged event) {
        first.storeStateChanged(event);
        second.storeStateChanged(event);
    }

    @Override
    public void loginThrottled(RateLimitEvent.LoginThrottled event) {
        first.loginThrottled(event);
        second.loginThrottled(event);
    }

    @Override
    public void policiesReplaced(RateLimitEvent.PoliciesReplaced event) {
        first.policiesReplaced(event);
        second.policiesReplaced(event);
    }

    @Override
    public void switched(RateLimitEvent.Switched event) {
        first.switched(event);
        second.switched(event);
    }

    @Override
    public void administered(RateLimitEvent.Administered event) {
        first.administered(event);
        second.administered(event);
    }
}
