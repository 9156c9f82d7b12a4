package dev.hardening.health.internal;

import dev.hardening.health.CheckKind;
import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckStatus;
import dev.hardening.health.HealthAnswer;
import dev.hardening.health.HealthEvent;
import dev.hardening.health.HealthSnapshot;
import dev.hardening.health.Probe;
import dev.hardening.health.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the checks in the background and publishes what they add up to.
 *
 * <p>One scheduler thread starts runs and reaps those out of time, it never runs a check. Results arrive on worker
 * threads; each change is published at once, further ones at most ten times a second, and the time of the publication is
 * renewed every second, so that a reader can tell a quiet engine from a dead one. A reader takes no lock.
 *
 * <p>When the scheduler wakes far too late, the whole process stood still (a stop signal, a long collection, a suspended
 * machine). Deadlines and ages are then moved by that time: nothing is judged for seconds in which nothing could run.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    private static final long HEARTBEAT = TimeUnit.SECONDS.toNanos(1);
    private static final long PUBLISH_GAP = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(2);

    private final EngineSetup setup;
    private final LongSupplier ticker;
    private final Workers workers;
    private final Listeners listeners;
    private final List<CheckState> checks;
    private final Board board;
    private final Turns turns;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();
    private Published.Life life = Published.Life.WAITING;
    private boolean dirty;
    private long renderedAt;
    private long renewedAt;
    private long wakeAt;
    private volatile Published published;

    /**
     * Makes an engine that waits for {@link #start}.
     *
     * @param setup everything it needs to know
     */
    public Engine(EngineSetup setup) {
        this(setup, Workers.daemon(threadName(setup)));
    }

    Engine(EngineSetup setup, Workers workers) {
        this.setup = setup;
        this.ticker = setup.ticker();
        this.workers = workers;
        this.listeners = new Listeners(threadName(setup), setup.listeners());
        this.checks = setup.checks().stream().map(CheckState::new).toList();
        this.board = new Board(setup.name(), checks, setup.gates());
        this.turns = new Turns(workers, ticker, setup.maxConcurrent(), this::complete);
        this.published = board.publish(life, ticker.getAsLong());
    }

    private static String threadName(EngineSetup setup) {
        return "hardening-health-" + setup.name();
    }

    /** Starts the scheduler; starting again does nothing. */
    public void start() {
        locked(() -> {
            if (life == Published.Life.CLOSED) {
                throw new IllegalStateException("health is closed");
            }
            if (life == Published.Life.WAITING) {
                begin();
                Daemons.named(threadName(setup) + "-scheduler-")
                        .newThread(this::schedule)
                        .start();
            }
        });
    }

    /** Makes every check due; the first step of {@link #start} and all of it in a test that ticks itself. */
    void begin() {
        long now = ticker.getAsLong();
        life = Published.Life.RUNNING;
        wakeAt = now;
        turns.begin(checks, now);
        publish(now);
    }

    private void schedule() {
        boolean open = true;
        while (open) {
            try {
                tickUntilClosed();
                open = false;
            } catch (InterruptedException stranger) { // only close() ends this thread
                LOG.debug("health scheduler ignores an interrupt");
            } catch (Throwable thrown) { // whatever happened, the next tick must come
                report(thrown);
                LockSupport.parkNanos(PUBLISH_GAP);
            }
        }
    }

    private void tickUntilClosed() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (life != Published.Life.CLOSED) {
                long wait = tick();
                if (wait > 0) {
                    wake.awaitNanos(wait);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static void report(Throwable thrown) {
        try {
            LOG.error("health scheduler goes on after {}", thrown.getClass().getName());
        } catch (Throwable hopeless) { // no memory for a log line; the loop goes on without it
            return;
        }
    }

    /** Does what is due and says how many nanoseconds may pass until the next tick. */
    long tick() {
        long now = ticker.getAsLong();
        forgive(now - wakeAt, now);
        dirty |= turns.advance(now);
        if (now - renewedAt >= HEARTBEAT) {
            beat(now);
        }
        if (dirty && now - renderedAt >= PUBLISH_GAP) {
            publish(now);
        }
        long most = HEARTBEAT - (now - renewedAt);
        long wait = turns.untilNext(now, dirty ? Math.min(most, PUBLISH_GAP - (now - renderedAt)) : most);
        wakeAt = now + wait;
        return wait;
    }

    private void forgive(long late, long now) {
        if (late > PAUSE) {
            turns.forgive(now);
            checks.forEach(check -> check.forgive(late));
            dirty = true;
        }
    }

    private void beat(long now) {
        for (CheckState check : checks) {
            dirty |= check.age(now);
        }
        renewedAt = now;
        published = published.renewed(now);
    }

    private void complete(Run run, CheckResult result) {
        locked(() -> {
            turns.finish(run, result, ticker.getAsLong());
            dirty = true;
            wake.signal();
        });
    }

    private void publish(long now) {
        Published before = published;
        Published after = board.publish(life, now);
        dirty = false;
        renderedAt = now;
        renewedAt = now;
        published = after;
        tellChanges(before, after);
    }

    private void tellChanges(Published before, Published after) {
        List<CheckStatus> old = before.snapshot.checks();
        List<CheckStatus> all = after.snapshot.checks();
        for (int i = 0; i < checks.size(); i++) {
            Status from = old.get(i).status();
            CheckStatus now = all.get(i);
            if (from != now.status()) {
                checks.get(i).changed();
                LOG.info("health check {} went from {} to {}", now.name(), from, now.status());
                listeners.tell(new HealthEvent.CheckChanged(
                        setup.clock().instant(), now.name(), from, now.status(), now.reason()));
            }
        }
        tellWhole(CheckKind.LIVENESS, before.whole(Probe.LIVE), after.whole(Probe.LIVE));
        tellWhole(CheckKind.READINESS, before.whole(Probe.READY), after.whole(Probe.READY));
        tellWhole(CheckKind.STARTUP, before.whole(Probe.STARTED), after.whole(Probe.STARTED));
    }

    private void tellWhole(CheckKind kind, Status from, Status to) {
        if (from != to) {
            LOG.info("{} went from {} to {}", kind, from, to);
            listeners.tell(new HealthEvent.StatusChanged(setup.clock().instant(), kind, from, to));
        }
    }

    /**
     * Opens a startup gate for good and publishes at once.
     *
     * @param gate its name
     * @throws IllegalArgumentException if there is no such gate
     */
    public void open(String gate) {
        locked(() -> {
            board.open(gate);
            publishUnlessClosed();
        });
    }

    /** Takes readiness down for good and publishes at once. */
    public void drain() {
        locked(() -> {
            board.drain();
            publishUnlessClosed();
        });
    }

    private void publishUnlessClosed() {
        if (life != Published.Life.CLOSED) {
            publish(ticker.getAsLong());
        }
    }

    /**
     * Hands out the rendered answer; one volatile read and one look at the ticker.
     *
     * @param probe what was asked
     * @param accept the {@code Accept} header, or empty
     * @return the answer
     */
    public HealthAnswer answer(Probe probe, String accept) {
        Wire wire = accept.isEmpty() ? Wire.MICROPROFILE : Wire.accepted(accept);
        Published current = published;
        return current.answer(probe, wire, current.stale(ticker.getAsLong(), setup.staleAfter()));
    }

    /**
     * Says how a probe stands now.
     *
     * @param probe what is asked
     * @return its status, down when stale
     */
    public Status status(Probe probe) {
        Published current = published;
        boolean stale = current.stale(ticker.getAsLong(), setup.staleAfter());
        return stale ? Status.DOWN : current.whole(probe);
    }

    /**
     * Hands out everything that is known.
     *
     * @return the last publication with its age
     */
    public HealthSnapshot snapshot() {
        Published current = published;
        long now = ticker.getAsLong();
        return current.snapshot(now, current.stale(now, setup.staleAfter()));
    }

    /**
     * Counts the events that found a listener's queue full.
     *
     * @return a count since the start
     */
    public long droppedEvents() {
        return listeners.dropped();
    }

    /** Ends the scheduler, closes what running checks registered, and answers stale from now on. */
    @Override
    public void close() {
        locked(() -> {
            if (life == Published.Life.CLOSED) {
                return;
            }
            life = Published.Life.CLOSED;
            published = published.as(life);
            wake.signalAll();
            turns.running().forEach(this::abandon);
            workers.close();
            listeners.close();
        });
    }

    private void abandon(Run run) {
        run.timedOut = true;
        run.expire();
        try {
            workers.execute(run::free);
        } catch (Throwable noThread) { // its daemon thread ends when the check returns
            LOG.debug("a running check was left alone");
        }
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }
}
