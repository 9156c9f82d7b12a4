package dev.hardening.health.internal;

import dev.hardening.health.HealthEvent;
import dev.hardening.health.HealthListener;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands events to listeners, each on a thread of its own that exists only while events wait for it. */
final class Listeners implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final int QUEUE = 1_024;

    private final List<Post> posts;
    private final LongAdder dropped = new LongAdder();

    Listeners(String name, List<HealthListener> listeners) {
        posts = listeners.stream()
                .map(listener -> new Post(listener, thread(name)))
                .toList();
    }

    private static ThreadPoolExecutor thread(String name) {
        ThreadPoolExecutor thread = new ThreadPoolExecutor(
                1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE), Daemons.named(name + "-listener-"));
        thread.allowCoreThreadTimeOut(true);
        return thread;
    }

    /** Queues the event everywhere; never blocks and never throws. */
    void tell(HealthEvent event) {
        for (Post post : posts) {
            try {
                post.thread.execute(() -> post.deliver(event));
            } catch (RejectedExecutionException full) {
                dropped.increment();
            } catch (Throwable noThread) { // the system gives no thread; the event is lost, the engine goes on
                dropped.increment();
            }
        }
    }

    long dropped() {
        return dropped.sum();
    }

    /** Delivers what waits, takes no more, and awaits nobody. */
    @Override
    public void close() {
        posts.forEach(post -> post.thread.shutdown());
    }

    private record Post(HealthListener listener, ThreadPoolExecutor thread) {
        void deliver(HealthEvent event) {
            try {
                if (event instanceof HealthEvent.CheckChanged changed) {
                    listener.checkChanged(changed);
                } else if (event instanceof HealthEvent.StatusChanged changed) {
                    listener.statusChanged(changed);
                }
            } catch (Throwable thrown) { // a listener's trouble is not the engine's
                LOG.warn(
                        "health listener {} threw {}",
                        listener.getClass().getName(),
                        thrown.getClass().getName());
            }
        }
    }
}
