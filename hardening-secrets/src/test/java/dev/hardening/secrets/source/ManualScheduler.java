package dev.hardening.secrets.source;

import java.time.Duration;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A scheduler without a thread: a test sees the delay that was asked for and runs the task itself. */
public final class ManualScheduler extends ScheduledThreadPoolExecutor {
    private Runnable next;
    private Duration delay;

    public ManualScheduler() {
        super(0);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long wait, TimeUnit unit) {
        if (isShutdown()) {
            getRejectedExecutionHandler().rejectedExecution(command, this);
        }
        next = command;
        delay = Duration.of(wait, unit.toChronoUnit());
        return new Waiting();
    }

    public boolean idle() {
        return next == null;
    }

    public Duration delay() {
        return delay;
    }

    /** Runs what waits, whatever its delay. */
    public void run() {
        Runnable task = next;
        next = null;
        task.run();
    }

    private final class Waiting implements ScheduledFuture<Object> {
        private boolean cancelled;

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(delay);
        }

        @Override
        public int compareTo(Delayed other) {
            return 0;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            cancelled = true;
            next = null;
            return true;
        }

        @Override
        public boolean isCancelled() {
            return cancelled;
        }

        @Override
        public boolean isDone() {
            return cancelled;
        }

        @Override
        public Object get() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object get(long wait, TimeUnit unit) {
            throw new UnsupportedOperationException();
        }
    }
}
