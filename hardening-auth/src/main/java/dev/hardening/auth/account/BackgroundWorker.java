package dev.hardening.auth.account;

import java.time.Duration;
import java.util.List;
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
        return offer(work, () -> {});
    }

    /** The same; {@code after} follows in any case, be the work done, given up or not taken. */
    boolean offer(Runnable work, Runnable after) {
        Task task = new Task(work, after);
        try {
            executor.execute(task);
            return true;
        } catch (RejectedExecutionException full) {
            after.run();
            return false;
        }
    }

    /** Takes nothing more, finishes what was taken within its time, then gives up. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(drain.toNanos(), TimeUnit.NANOSECONDS)) {
                giveUp();
            }
        } catch (InterruptedException interrupted) {
            giveUp();
            Thread.currentThread().interrupt();
        }
    }

    private void giveUp() {
        List<Runnable> left = executor.shutdownNow();
        left.forEach(task -> ((Task) task).after().run());
        if (!left.isEmpty()) {
            LOG.warn("{} gave up {} tasks at its end", name, left.size());
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

    /** Work, and what is to be done when it is over or never comes to be. */
    private final class Task implements Runnable {
        private final Runnable work;
        private final Runnable after;

        private Task(Runnable work, Runnable after) {
            this.work = work;
            this.after = after;
        }

        private Runnable after() {
            return after;
        }

        @Override
        public void run() {
            try {
                guarded(work);
            } finally {
                after.run();
            }
        }
    }
}
