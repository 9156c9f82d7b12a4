package dev.hardening.ratelimit;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a listener that throws from touching a decision: the first throw is logged, the rest are dropped. */
final class GuardedListener implements RateLimitListener {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimitListener.class);

    private final RateLimitListener listener;
    private final AtomicBoolean logged = new AtomicBoolean();

    GuardedListener(RateLimitListener listener) {
        this.listener = listener;
    }

    @Override
    public void decided(RateLimitEvent.Decided event) {
        guard(() -> listener.decided(event));
    }

    @Override
    public void storeFailed(RateLimitEvent.StoreFailed event) {
        guard(() -> listener.storeFailed(event));
    }

    @Override
    public void storeStateChanged(RateLimitEvent.StoreStateChanged event) {
        guard(() -> listener.storeStateChanged(event));
    }

    @Override
    public void loginThrottled(RateLimitEvent.LoginThrottled event) {
        guard(() -> listener.loginThrottled(event));
    }

    @Override
    public void policiesReplaced(RateLimitEvent.PoliciesReplaced event) {
        guard(() -> listener.policiesReplaced(event));
    }

    @Override
    public void switched(RateLimitEvent.Switched event) {
        guard(() -> listener.switched(event));
    }

    @Override
    public void administered(RateLimitEvent.Administered event) {
        guard(() -> listener.administered(event));
    }

    private void guard(Runnable call) {
        try {
            call.run();
        } catch (Throwable failure) { // of somebody else's code, a class that is not there for one
            if (logged.compareAndSet(false, true)) {
                LOG.warn("a rate limit listener throws; what it throws from now on is dropped", failure);
            }
        }
    }
}
