package dev.hardening.health.internal;

import dev.hardening.health.CheckResult;
import dev.hardening.health.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a check: runs it, contains what it throws, and frees its thread when its time is over.
 *
 * <p>Resources are closed, and the thread interrupted, under a lock that the run takes before it ends; so neither can hit
 * the next run of the same worker thread.
 */
final class Run implements Runnable, Deadline {
    final CheckState state;
    final long startedAt;

    /** Written under the engine's lock only. */
    boolean timedOut;

    private final LongSupplier ticker;
    private final BiConsumer<Run, CheckResult> done;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<AutoCloseable> resources = new ArrayList<>();
    private boolean finished;
    private final AtomicLong deadlineAt;
    private volatile boolean expired;
    private volatile String step = "";
    private volatile @Nullable Thread thread;

    Run(CheckState state, long now, LongSupplier ticker, BiConsumer<Run, CheckResult> done) {
        this.state = state;
        this.startedAt = now;
        this.deadlineAt = new AtomicLong(now + state.spec.pace().timeout());
        this.ticker = ticker;
        this.done = done;
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        CheckResult result = contained();
        finish();
        done.accept(this, result);
    }

    private CheckResult contained() {
        try {
            CheckResult result = state.spec.check().run(this);
            return result == null ? Failures.INVALID : result;
        } catch (Throwable thrown) { // a check may throw anything; nothing of it may stop the engine
            return Failures.of(thrown);
        }
    }

    private void finish() {
        lock.lock();
        try {
            finished = true;
            resources.clear();
            thread = null;
            Thread.interrupted();
        } finally {
            lock.unlock();
        }
    }

    long deadlineAt() {
        return deadlineAt.get();
    }

    /** Grants its whole time anew, since the process stood still for an unknown part of it. */
    void restart(long now) {
        deadlineAt.set(now + state.spec.pace().timeout());
    }

    /** Marks the run as out of time; {@link #free} does the rest on another thread. */
    void expire() {
        expired = true;
    }

    /** Closes what the run registered and, if the check allows it, interrupts its thread. */
    void free() {
        lock.lock();
        try {
            Thread running = thread;
            if (finished) {
                return;
            }
            resources.forEach(Run::closeQuietly);
            resources.clear();
            if (running != null && state.spec.interrupt()) {
                running.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Says where it hangs. */
    CheckResult stuck() {
        Thread running = thread;
        return running == null ? CheckResult.fail("stuck") : Failures.stuck(running, step);
    }

    CheckResult timeout() {
        return Failures.timeout(step);
    }

    @Override
    public Duration remaining() {
        return expired ? Duration.ZERO : Duration.ofNanos(Math.max(0, deadlineAt.get() - ticker.getAsLong()));
    }

    @Override
    public void onExpire(AutoCloseable resource) {
        Objects.requireNonNull(resource, "resource");
        lock.lock();
        try {
            if (expired) {
                closeQuietly(resource);
            } else {
                resources.add(resource);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void step(String name) {
        step = Objects.requireNonNull(name, "step");
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Throwable ignored) { // the run has failed already; how its resource ends changes nothing
        }
    }
}
