package dev.hardening.ratelimit.concurrency;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a listener that throws from touching a request: the first throw is logged, the rest are dropped. */
final class GuardedConcurrencyListener implements ConcurrencyListener {
    private static final Logger LOG = LoggerFactory.getLogger(ConcurrencyListener.class);

    private final ConcurrencyListener listener;
    private final AtomicBoolean logged = new AtomicBoolean();

    GuardedConcurrencyListener(ConcurrencyListener listener) {
        this.listener = listener;
    }

    @Override
    public void refused(Refused event) {
        guard(() -> listener.refused(event));
    }

    @Override
    public void expired(Expired event) {
        guard(() -> listener.expired(event));
    }

    @Override
    public void shed(Shed event) {
        guard(() -> listener.shed(event));
    }

    private void guard(Runnable call) {
        try {
            call.run();
        } catch (Throwable failure) { // of somebody else's code, a class that is not there for one
            if (logged.compareAndSet(false, true)) {
                LOG.warn("a concurrency listener throws; what it throws from now on is dropped", failure);
            }
        }
    }
}
