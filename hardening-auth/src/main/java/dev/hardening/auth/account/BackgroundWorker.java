package dev.hardening.auth.account;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One named thread and a bounded queue, for work that no request waits for. */
final class BackgroundWorker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundWorker.class);
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final String name;
    private final Duration drain;
    private final ThreadPoolExecutor executor;

    /** A worker whose close waits that long for what was taken. */
    BackgroundWorker(String name, int capacity, Duration drain) {
        this.name = name;
        this.drain = drain;
        executor = new ThreadPoolExecutor(
                1, 1, IDLE.toNanos(), TimeUnit.NANOSECONDS, new ArrayBlockingQueue<>(capacity), task -> {
                    Thread thread = new Thread(task, name);
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /** Says whether the work was taken; it is not where the queue is full or the worker closed. */
    boolean offer(Runnable work) {
        try {
            executor.execute(() -> guarded(work));
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    /** Takes nothing more, finishes what was taken within its time, then gives up. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(drain.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.warn(
                        "{} gave up {} tasks at its end",
                        name,
                        executor.shutdownNow().size());
            }
        } catch (InterruptedException interrupted) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException failure) {
            // The class alone: what a mail library says in its message names the address.
            LOG.warn("{} lost one task to {}", name, failure.getClass().getName());
        }
    }
}
