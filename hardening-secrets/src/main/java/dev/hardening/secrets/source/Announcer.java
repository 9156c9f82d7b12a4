package dev.hardening.secrets.source;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a listener of events in their order and one at a time, outside the lock under which they came to be. */
final class Announcer {
    private static final Logger LOG = LoggerFactory.getLogger(SourceListener.class);

    private final SourceListener listener;
    private final Queue<SourceEvent> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock telling = new ReentrantLock();
    private final AtomicBoolean logged = new AtomicBoolean();

    Announcer(SourceListener listener) {
        this.listener = listener;
    }

    void queue(SourceEvent event) {
        waiting.add(event);
    }

    /** Delivers what waits, unless another thread, or a listener further up this stack, is at it and will. */
    void tell() {
        while (!waiting.isEmpty() && !telling.isHeldByCurrentThread() && telling.tryLock()) {
            try {
                SourceEvent next = waiting.poll();
                if (next != null) {
                    deliver(next);
                }
            } finally {
                telling.unlock();
            }
        }
    }

    private void deliver(SourceEvent event) {
        try {
            if (event instanceof SourceEvent.Changed changed) {
                listener.changed(changed);
            } else if (event instanceof SourceEvent.Failed failed) {
                listener.failed(failed);
            } else if (event instanceof SourceEvent.Recovered recovered) {
                listener.recovered(recovered);
            }
        } catch (Throwable thrown) { // of somebody else's code; its message may hold what it read
            if (logged.compareAndSet(false, true)) {
                LOG.warn(
                        "a listener of secrets throws {}; what it throws from now on is dropped",
                        thrown.getClass().getName());
            }
        }
    }
}
