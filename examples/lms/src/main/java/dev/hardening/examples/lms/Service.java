package dev.hardening.examples.lms;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of the process: one start, one end.
 *
 * <p>The end may come while the start is under way; it then waits for the step that runs, so that no database server is
 * left behind, and stops what is there. It takes at most 28 s: a part that hangs longer is left to the next start,
 * which knows how to clean up after a killed process.
 */
final class Service {
    private static final Logger LOG = LoggerFactory.getLogger(Service.class);
    private static final Duration END_BOUND = Duration.ofSeconds(28);
    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 64;
    private static final int WRONG_CONFIGURATION = 78;

    private final Parts parts = new Parts();
    private final ReentrantLock starting = new ReentrantLock();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int status;

    /**
     * Starts all parts; the service is ready when this returns 0.
     *
     * @return 0, or the exit status that says why it does not run
     */
    int start(Start start) {
        if (!start.unknown().isEmpty()) {
            return refuse(WRONG_USAGE, List.of("unknown argument " + start.unknown() + "; usage: run [--demo]"));
        }
        starting.lock();
        try {
            Wiring.start(start, parts);
            return 0;
        } catch (CancellationException told) {
            return 0;
        } catch (StartRefusedException refused) {
            return refuse(WRONG_CONFIGURATION, refused.faults());
        } catch (RuntimeException | Error failure) {
            // Whatever it is, a half-started service must not stay.
            LOG.error("the service did not start", failure);
            status = FAILED;
            return FAILED;
        } finally {
            starting.unlock();
        }
    }

    /** Waits for the end of the process. */
    void awaitEnd() {
        try {
            ended.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops all parts and ends the process; the shutdown hook. */
    void end() {
        Thread watchdog = new Thread(this::endLate, "lms-stop-watchdog");
        watchdog.setDaemon(true);
        watchdog.start();
        parts.refuse();
        starting.lock();
        try {
            parts.stop();
        } finally {
            starting.unlock();
        }
        ended.countDown();
        Runtime.getRuntime().halt(status);
    }

    private void endLate() {
        try {
            if (!ended.await(END_BOUND.toSeconds(), TimeUnit.SECONDS)) {
                LOG.error("a part did not stop within {}; ending without it", END_BOUND);
                Runtime.getRuntime().halt(status);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private int refuse(int code, List<String> faults) {
        System.err.println("The LMS does not start:");
        faults.forEach(fault -> System.err.println("  - " + fault));
        status = code;
        return code;
    }
}
