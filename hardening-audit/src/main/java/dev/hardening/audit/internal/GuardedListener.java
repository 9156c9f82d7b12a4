package dev.hardening.audit.internal;

import dev.hardening.audit.AuditListener;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the log; the first throw is logged, the others are dropped. */
final class GuardedListener implements AuditListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(GuardedListener.class);

    private final AuditListener listener;
    private final AtomicBoolean complained = new AtomicBoolean();

    GuardedListener(AuditListener listener) {
        this.listener = listener;
    }

    @Override
    public void committed(Commit commit) {
        guard(() -> listener.committed(commit));
    }

    @Override
    public void lost(Loss loss) {
        guard(() -> listener.lost(loss));
    }

    @Override
    public void segmentFailed(SegmentFailure failure) {
        guard(() -> listener.segmentFailed(failure));
    }

    private void guard(Runnable call) {
        try {
            call.run();
        } catch (Throwable thrown) { // of somebody else's code, a class that is not there for one
            if (complained.compareAndSet(false, true)) {
                LOGGER.warn("the audit listener threw; this is said once", thrown);
            }
        }
    }
}
