package dev.hardening.secrets.tls;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs a task again and again, on a scheduler that is another's to end or on a thread of its own. */
final class Polling {
    private final Future<?> task;
    private final @Nullable ScheduledExecutorService own;

    private Polling(Future<?> task, @Nullable ScheduledExecutorService own) {
        this.task = task;
        this.own = own;
    }

    /** The task must throw nothing: that would end it for good and unheard. */
    static Polling start(Runnable task, Duration interval, @Nullable ScheduledExecutorService scheduler) {
        if (scheduler != null) {
            return new Polling(every(interval, task, scheduler), null);
        }
        ScheduledExecutorService own = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "hardening-tls");
            thread.setDaemon(true);
            return thread;
        });
        return new Polling(every(interval, task, own), own);
    }

    private static Future<?> every(Duration interval, Runnable task, ScheduledExecutorService scheduler) {
        return scheduler.scheduleWithFixedDelay(task, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits for nothing; ending again does nothing. */
    void end() {
        task.cancel(false);
        if (own != null) {
            own.shutdownNow();
        }
    }
}
