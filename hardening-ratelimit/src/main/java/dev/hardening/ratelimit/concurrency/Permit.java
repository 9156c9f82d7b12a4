package dev.hardening.ratelimit.concurrency;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Says that a request is in flight; it is over when this is closed.
 *
 * <p>Closing a second time does nothing, whichever threads do it, and so does closing after the longest hold, when the
 * place has been given away already. Any thread may close. Nothing but the place hangs on it, so a permit that is never
 * closed costs one place until its longest hold is over.
 */
public final class Permit implements AutoCloseable {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Runnable release;

    Permit(Runnable release) {
        this.release = release;
    }

    /** Gives the place back, once. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
