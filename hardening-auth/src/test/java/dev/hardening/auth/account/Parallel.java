package dev.hardening.auth.account;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Starts tasks at one moment, for races. */
public final class Parallel {
    private static final AtomicLong NAMES = new AtomicLong();

    private Parallel() {}

    /** A task that gives something back. */
    public interface Task<T> extends Callable<T> {}

    /** A name that no other test of this JVM uses. */
    public static String freshName() {
        return "t" + NAMES.incrementAndGet();
    }

    /** Runs each task on a thread of its own, all released together. */
    public static <T> List<T> run(List<Task<T>> tasks) {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        try {
            List<Future<T>> running = tasks.stream()
                    .map(task -> threads.submit(() -> {
                        start.await();
                        return task.call();
                    }))
                    .toList();
            return running.stream().map(Parallel::result).toList();
        } finally {
            threads.shutdown();
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
