package dev.hardening.examples.lms;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs, in the order of its start; stopped in the reverse order.
 *
 * <p>One thread adds, another may stop at any time: what is added after that is stopped at once, and whoever adds it
 * gets a {@link CancellationException}. A part that fails to stop is logged and the others are stopped all the same.
 */
final class Parts {
    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    private final Deque<Part> running = new ArrayDeque<>();
    private boolean stopping;

    private record Part(String name, AutoCloseable handle) {}

    /** Takes a part that has just started. */
    <T extends AutoCloseable> T add(String name, T handle) {
        Part part = new Part(name, handle);
        if (!push(part)) {
            stop(part);
            throw new CancellationException("stopped while starting");
        }
        return handle;
    }

    /** Lets no further part start. */
    synchronized void refuse() {
        stopping = true;
    }

    /** Stops everything. */
    void stop() {
        refuse();
        for (Part part = pop(); part != null; part = pop()) {
            stop(part);
        }
    }

    private synchronized boolean push(Part part) {
        if (!stopping) {
            running.push(part);
        }
        return !stopping;
    }

    private synchronized @Nullable Part pop() {
        return running.poll();
    }

    private static void stop(Part part) {
        try {
            part.handle().close();
        } catch (Exception failure) {
            LOG.error("{} did not stop cleanly", part.name(), failure);
        }
    }
}
