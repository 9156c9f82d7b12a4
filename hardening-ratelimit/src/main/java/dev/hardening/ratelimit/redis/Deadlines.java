package dev.hardening.ratelimit.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Fails every command that is not answered in time.
 *
 * <p>All commands have the same time, so the oldest is always in front, and one sweep every quarter of that time serves
 * them all. A timer for each command would wake a thread for each command, which costs more than the command. Nothing
 * runs while nothing is waited for.
 */
final class Deadlines {
    private static final int SWEEPS = 4;

    private final ScheduledExecutorService scheduler;
    private final long timeout;
    private final Duration duration;
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean armed = new AtomicBoolean();

    Deadlines(ScheduledExecutorService scheduler, Duration timeout) {
        this.scheduler = scheduler;
        this.timeout = timeout.toNanos();
        this.duration = timeout;
    }

    /** Told whether a command of its was answered, at the latest a quarter of the time after. */
    interface Watcher {
        void answered();

        /** Nothing came from the server: the time is over, or the client had no room for one more that waits. */
        void silent(long sinceNanos);
    }

    void watch(CompletableFuture<?> command, Watcher watcher) {
        waiting.add(new Waiting(command, watcher, System.nanoTime()));
        arm();
    }

    private void arm() {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        try {
            Future<?> unused = scheduler.schedule(this::sweep, timeout / SWEEPS, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            expire(Long.MAX_VALUE);
        }
    }

    private void sweep() {
        try {
            expire(timeout);
        } finally {
            goOn();
        }
    }

    /** Whatever a sweep came upon, the commands behind it have their time too. */
    private void goOn() {
        if (!waiting.isEmpty()) {
            schedule();
            return;
        }
        armed.set(false);
        if (!waiting.isEmpty()) {
            arm();
        }
    }

    private void expire(long age) {
        long now = System.nanoTime();
        for (Waiting oldest = waiting.peek(); oldest != null; oldest = waiting.peek()) {
            boolean done = oldest.command.isDone();
            if (!done && age != Long.MAX_VALUE && now - oldest.since < age) {
                return;
            }
            waiting.poll();
            if (done && answered(oldest.command)) {
                oldest.watcher.answered();
                continue;
            }
            oldest.watcher.silent(now - oldest.since);
            if (!done) {
                oldest.command.completeExceptionally(
                        new RedisCommandTimeoutException("no answer from redis within " + duration));
            }
        }
    }

    /** An error that the server replies is an answer; what the client fails with by itself is none. */
    private static boolean answered(CompletableFuture<?> done) {
        return !done.isCompletedExceptionally()
                || done.handle((value, failure) -> failure instanceof RedisCommandExecutionException)
                        .join();
    }

    private record Waiting(CompletableFuture<?> command, Watcher watcher, long since) {}
}
