package dev.hardening.health.internal;

import dev.hardening.health.CheckKind;
import dev.hardening.health.CheckResult;
import dev.hardening.health.CheckStatus;
import dev.hardening.health.HealthCheck;
import dev.hardening.health.HealthListener;
import dev.hardening.health.Impact;
import dev.hardening.testing.FakeClock;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** An engine without threads: time is a fake ticker, checks run on the test's thread, a hung one is simply not run. */
final class EngineKit implements AutoCloseable {
    static final Duration EVERY = Duration.ofSeconds(5);
    static final Duration TIMEOUT = Duration.ofSeconds(1);
    static final Duration STALE_AFTER = Duration.ofSeconds(16);
    private static final Duration STEP = Duration.ofMillis(50);

    final FakeTicker ticker = FakeTicker.create();
    final ManualWorkers workers = new ManualWorkers();
    private final List<CheckSpec> specs = new ArrayList<>();
    private final List<HealthListener> listeners = new ArrayList<>();
    private List<String> gates = List.of();
    private int maxConcurrent = 8;
    private Engine engine;

    EngineKit critical(String name, HealthCheck check) {
        return check(name, CheckKind.READINESS, Impact.CRITICAL, check, 3, 2);
    }

    EngineKit critical(String name, HealthCheck check, int failAfter, int recoverAfter) {
        return check(name, CheckKind.READINESS, Impact.CRITICAL, check, failAfter, recoverAfter);
    }

    EngineKit check(String name, Impact impact, HealthCheck check) {
        return check(name, CheckKind.READINESS, impact, check, 1, 1);
    }

    EngineKit liveness(String name, HealthCheck check) {
        return check(name, CheckKind.LIVENESS, Impact.CRITICAL, check, 1, 1);
    }

    private EngineKit check(
            String name, CheckKind kind, Impact impact, HealthCheck check, int failAfter, int recoverAfter) {
        CheckSpec.Pace pace = new CheckSpec.Pace(EVERY.toNanos(), TIMEOUT.toNanos(), failAfter, recoverAfter);
        specs.add(new CheckSpec(name, kind, check, impact, pace, false));
        return this;
    }

    EngineKit gates(String... names) {
        gates = List.of(names);
        return this;
    }

    EngineKit listener(HealthListener listener) {
        listeners.add(listener);
        return this;
    }

    EngineKit maxConcurrent(int value) {
        maxConcurrent = value;
        return this;
    }

    /** Makes the engine and makes every check due; nothing has run yet. */
    Engine begin() {
        engine = new Engine(
                new EngineSetup(
                        "kit",
                        specs,
                        gates,
                        listeners,
                        FakeClock.create(),
                        ticker,
                        STALE_AFTER.toNanos(),
                        maxConcurrent),
                workers);
        engine.begin();
        return engine;
    }

    /** Makes the engine and lets everything due run once. */
    Engine start() {
        begin();
        advance(Duration.ofMillis(200));
        return engine;
    }

    /** Lets time pass in small steps, with a tick and all work after each. */
    EngineKit advance(Duration time) {
        for (Duration left = time; !left.isNegative() && !left.isZero(); left = left.minus(STEP)) {
            ticker.advance(left.compareTo(STEP) < 0 ? left : STEP);
            tick();
        }
        return this;
    }

    void tick() {
        do {
            engine.tick();
        } while (workers.runAll() > 0);
    }

    CheckStatus check(String name) {
        return engine.snapshot().find(name).orElseThrow();
    }

    @Override
    public void close() {
        if (engine != null) {
            engine.close();
        }
    }

    /** Answers from a list, the last one again and again. */
    static HealthCheck answering(CheckResult... results) {
        Deque<CheckResult> left = new ArrayDeque<>(List.of(results));
        return deadline -> left.size() > 1 ? left.pop() : left.peek();
    }

    /** Keeps what it is given until the test runs it. */
    static final class ManualWorkers implements Workers {
        private final List<Runnable> waiting = new ArrayList<>();
        private final Set<String> hung = new HashSet<>();
        private boolean refusing;

        void hang(String check) {
            hung.add(check);
        }

        void release(String check) {
            hung.remove(check);
        }

        void refuse(boolean now) {
            refusing = now;
        }

        /** Runs that hold a thread, by the engine's view. */
        int holding() {
            return waiting.size();
        }

        @Override
        public void execute(Runnable task) {
            if (refusing) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            waiting.add(task);
        }

        int runAll() {
            List<Runnable> ready = waiting.stream().filter(task -> !hangs(task)).toList();
            waiting.removeAll(ready);
            ready.forEach(Runnable::run);
            return ready.size();
        }

        private boolean hangs(Runnable task) {
            return task instanceof Run run && hung.contains(run.state.spec.name());
        }

        @Override
        public void close() {
            refusing = false;
        }
    }
}
