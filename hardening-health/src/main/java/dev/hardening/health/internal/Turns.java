package dev.hardening.health.internal;

import dev.hardening.health.CheckResult;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Whose turn it is: starts runs that are due, notices those out of time, and counts the turns a hung run misses.
 *
 * <p>A check waits in the queue or has one run, never both, so it never runs twice at the same time. A run that is out of
 * time no longer counts against the workers, so as many hung checks as workers stop nobody; all threads together stay
 * under a hard cap. Everything under the engine's lock.
 */
final class Turns {
    static final int CAP = 64;

    private final PriorityQueue<CheckState> due =
            new PriorityQueue<>((one, other) -> Long.signum(one.nextDue - other.nextDue));
    private final List<Run> runs = new ArrayList<>();
    private final Workers workers;
    private final LongSupplier ticker;
    private final int maxConcurrent;
    private final BiConsumer<Run, CheckResult> done;

    Turns(Workers workers, LongSupplier ticker, int maxConcurrent, BiConsumer<Run, CheckResult> done) {
        this.workers = workers;
        this.ticker = ticker;
        this.maxConcurrent = maxConcurrent;
        this.done = done;
    }

    void begin(List<CheckState> checks, long now) {
        for (CheckState check : checks) {
            check.nextDue = now;
            due.add(check);
        }
    }

    /** Reaps and starts; says whether a status may have changed. */
    boolean advance(long now) {
        boolean news = false;
        for (Run run : runs) {
            news |= reap(run, now);
        }
        while (mayStart() && isDue(now)) {
            news |= start(due.remove(), now);
        }
        return news;
    }

    /** Takes the result of a run, unless it came too late, and queues the check for its next turn. */
    void finish(Run run, CheckResult result, long now) {
        if (!runs.remove(run)) {
            return;
        }
        CheckState check = run.state;
        check.finished(now - run.startedAt);
        if (!run.timedOut) {
            check.apply(result, now);
        }
        skipMissed(check, now);
        due.add(check);
    }

    /** Grants every run its time anew after the process stood still. */
    void forgive(long now) {
        for (Run run : runs) {
            run.restart(now);
        }
    }

    /** Nanoseconds until something has to be done. */
    long untilNext(long now, long most) {
        long wait = most;
        if (mayStart() && !due.isEmpty()) {
            wait = Math.min(wait, due.element().nextDue - now);
        }
        for (Run run : runs) {
            long at = run.timedOut ? run.state.nextDue : run.deadlineAt();
            wait = Math.min(wait, at - now);
        }
        return Math.max(0, wait);
    }

    List<Run> running() {
        return List.copyOf(runs);
    }

    private boolean isDue(long now) {
        return !due.isEmpty() && due.element().nextDue - now <= 0;
    }

    private boolean mayStart() {
        int alive = 0;
        for (Run run : runs) {
            alive += run.timedOut ? 0 : 1;
        }
        return alive < maxConcurrent && runs.size() < CAP;
    }

    private boolean reap(Run run, long now) {
        CheckState check = run.state;
        if (!run.timedOut) {
            return now - run.deadlineAt() >= 0 && expire(run, now);
        }
        if (now - check.nextDue < 0) {
            return false;
        }
        check.stuck();
        check.apply(run.stuck(), now);
        skipMissed(check, now);
        return true;
    }

    private boolean expire(Run run, long now) {
        run.timedOut = true;
        run.expire();
        run.state.apply(run.timeout(), now);
        skipMissed(run.state, now);
        try {
            workers.execute(run::free);
        } catch (Throwable noThread) { // it stays as it is and is counted as stuck
            return true;
        }
        return true;
    }

    private boolean start(CheckState check, long now) {
        skipMissed(check, now);
        Run run = new Run(check, now, ticker, done);
        runs.add(run);
        try {
            workers.execute(run);
            return false;
        } catch (Throwable noThread) { // rejected, or the system gives no thread: this turn failed, the next may not
            runs.remove(run);
            check.apply(Failures.of(noThread), now);
            due.add(check);
            return true;
        }
    }

    /** Moves a turn that has passed to the next one on schedule; those in between are not made up for. */
    private static void skipMissed(CheckState check, long now) {
        long every = check.spec.pace().every();
        long behind = now - check.nextDue;
        if (behind >= 0) {
            check.nextDue += every * (behind / every + 1);
        }
    }
}
