package dev.hardening.health.http;

import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Two daemon threads that answer, and a third that frees them from slow peers.
 *
 * <p>The JDK server reads a request on the thread that answers it, and by default waits for ever: two clients that send
 * half a request line would silence it. A thread that reads or writes for too long is therefore interrupted, which
 * closes the channel it waits on; the limit is short while others wait, so that a request behind {@code n} such peers
 * waits for {@code n / 2} quarters of a second. Code of the service is never interrupted: it may be at work on a channel
 * that others share.
 */
final class ServerThreads implements Executor, AutoCloseable {
    private static final int THREADS = 2;
    private static final int QUEUE = 1_024;
    private static final long SCAN = 50;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);
    private static final long HASTE = TimeUnit.MILLISECONDS.toNanos(200);

    private final ConcurrentMap<Thread, Exchange> running = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor pool;
    private final ScheduledThreadPoolExecutor watch;
    private final Future<?> scan;

    ServerThreads(String name) {
        pool = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE), daemons(name + "-http-"));
        watch = new ScheduledThreadPoolExecutor(1, daemons(name + "-http-watch-"));
        scan = watch.scheduleWithFixedDelay(this::freeSlow, SCAN, SCAN, TimeUnit.MILLISECONDS);
    }

    private static ThreadFactory daemons(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void execute(Runnable work) {
        pool.execute(new Exchange(work));
    }

    /** Runs code of the service inside an exchange, for as long as it takes. */
    <T> T atLeisure(Supplier<T> work) {
        Exchange exchange = Objects.requireNonNull(running.get(Thread.currentThread()), "exchange");
        exchange.own(null);
        Thread.interrupted();
        try {
            return work.get();
        } finally {
            exchange.startedAt = System.nanoTime();
            exchange.own(Thread.currentThread());
        }
    }

    private void freeSlow() {
        long limit = pool.getQueue().isEmpty() ? PATIENCE : HASTE;
        long now = System.nanoTime();
        for (Exchange exchange : running.values()) {
            if (now - exchange.startedAt > limit) {
                exchange.interrupt();
            }
        }
    }

    @Override
    public void close() {
        scan.cancel(false);
        watch.shutdownNow();
        pool.shutdownNow();
    }

    private final class Exchange implements Runnable {
        private final Runnable work;
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable Thread thread;
        private volatile long startedAt;

        Exchange(Runnable work) {
            this.work = work;
        }

        @Override
        public void run() {
            startedAt = System.nanoTime();
            own(Thread.currentThread());
            running.put(Thread.currentThread(), this);
            try {
                work.run();
            } finally {
                running.remove(Thread.currentThread());
                own(null);
                Thread.interrupted();
            }
        }

        private void own(@Nullable Thread owner) {
            lock.lock();
            try {
                thread = owner;
            } finally {
                lock.unlock();
            }
        }

        void interrupt() {
            lock.lock();
            try {
                if (thread != null) {
                    thread.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
