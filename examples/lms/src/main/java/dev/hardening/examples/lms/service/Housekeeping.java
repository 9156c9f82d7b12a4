package dev.hardening.examples.lms.service;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what is over from all stores and renews what is out of date, in small batches, so that nothing grows for ever.
 *
 * <p>One daemon thread, {@code lms-housekeeping}, at once and then once a minute; a store that fails is logged and asked
 * again next time.
 */
public final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    private static final int BATCH = 500;
    private static final int MOST_BATCHES = 20;
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final ScheduledThreadPoolExecutor thread;
    private final ScheduledFuture<?> schedule;

    /**
     * A store that forgets or renews.
     *
     * @param name for the log
     * @param work done on at most so many rows; says on how many it was
     */
    public record Chore(String name, IntUnaryOperator work) {}

    private Housekeeping(List<Chore> chores) {
        thread = new ScheduledThreadPoolExecutor(1, work -> {
            Thread made = new Thread(work, "lms-housekeeping");
            made.setDaemon(true);
            return made;
        });
        schedule = thread.scheduleWithFixedDelay(
                () -> chores.forEach(Housekeeping::run), 0, EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    /** Starts the thread. */
    public static Housekeeping start(List<Chore> chores) {
        return new Housekeeping(List.copyOf(chores));
    }

    private static void run(Chore chore) {
        try {
            int batches = 0;
            while (chore.work().applyAsInt(BATCH) > 0 && ++batches < MOST_BATCHES) {
                LOG.debug("a batch of {} is done", chore.name());
            }
        } catch (RuntimeException failure) {
            LOG.warn(
                    "{} could not be kept up: {}",
                    chore.name(),
                    failure.getClass().getName());
        }
    }

    @Override
    public void close() {
        schedule.cancel(true);
        thread.shutdownNow();
    }
}
