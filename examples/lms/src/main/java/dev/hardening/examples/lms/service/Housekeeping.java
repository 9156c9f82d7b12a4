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
 * Removes what is over from all stores, in small batches, so that nothing grows for ever.
 *
 * <p>One daemon thread, {@code lms-housekeeping}, once a minute; a store that fails is logged and asked again next time.
 */
public final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    private static final int BATCH = 500;
    private static final int MOST_BATCHES = 20;
    private static final Duration EVERY = Duration.ofMinutes(1);

    private final ScheduledThreadPoolExecutor thread;
    private final ScheduledFuture<?> schedule;

    /**
     * A store that forgets.
     *
     * @param name for the log
     * @param purge removes at most so many rows and says how many it removed
     */
    public record Chore(String name, IntUnaryOperator purge) {}

    private Housekeeping(List<Chore> chores) {
        thread = new ScheduledThreadPoolExecutor(1, work -> {
            Thread made = new Thread(work, "lms-housekeeping");
            made.setDaemon(true);
            return made;
        });
        schedule = thread.scheduleWithFixedDelay(
                () -> chores.forEach(Housekeeping::run), EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    /** Starts the thread. */
    public static Housekeeping start(List<Chore> chores) {
        return new Housekeeping(List.copyOf(chores));
    }

    private static void run(Chore chore) {
        try {
            int batches = 0;
            while (chore.purge().applyAsInt(BATCH) > 0 && ++batches < MOST_BATCHES) {
                LOG.debug("removed a batch of {}", chore.name());
            }
        } catch (RuntimeException failure) {
            LOG.warn(
                    "{} could not be purged: {}",
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
