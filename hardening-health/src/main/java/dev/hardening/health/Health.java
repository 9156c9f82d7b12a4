package dev.hardening.health;

import dev.hardening.health.internal.CheckSpec;
import dev.hardening.health.internal.Engine;
import dev.hardening.health.internal.EngineSetup;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Decides whether this process lives and whether it may get traffic.
 *
 * <p>Checks run in the background on threads of their own; asking costs one volatile read and runs nothing, so a storm
 * of probes never reaches a database. Liveness takes only checks that touch nothing outside this JVM. Readiness is up
 * when every startup gate is open, every check has answered once, no critical check is down and no drain has begun.
 * An answer the engine has not renewed within {@code staleAfter} is down.
 *
 * <pre>{@code
 * Health health = Health.builder("lms")
 *         .liveness("deadlock", Checks.deadlock())
 *         .readiness("db", Checks.jdbc(dataSource), check -> check.critical())
 *         .startup("migrations")
 *         .build()
 *         .start();
 * health.opened("migrations");
 * }</pre>
 *
 * <p>Safe for many threads. All threads are daemons, named {@code hardening-health-...}, and end with {@link #close}.
 */
public final class Health implements AutoCloseable {
    private final String name;
    private final Engine engine;
    private final Map<Probe, LongAdder> good = counters();
    private final Map<Probe, LongAdder> bad = counters();

    private Health(EngineSetup setup) {
        name = setup.name();
        engine = new Engine(setup);
    }

    private static Map<Probe, LongAdder> counters() {
        Map<Probe, LongAdder> counters = new EnumMap<>(Probe.class);
        for (Probe probe : Probe.values()) {
            counters.put(probe, new LongAdder());
        }
        return counters;
    }

    /**
     * Begins the description of a service.
     *
     * @param name 1 to 64 of letters, digits, dot, underscore and hyphen
     * @return a builder, not safe for many threads
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Starts the checks; starting again does nothing.
     *
     * @return this
     * @throws IllegalStateException if closed
     */
    public Health start() {
        engine.start();
        return this;
    }

    /**
     * Names the service.
     *
     * @return the name given to the builder
     */
    public String name() {
        return name;
    }

    /**
     * Hands out everything that is known, details included; not for strangers.
     *
     * @return the last publication
     */
    public HealthSnapshot snapshot() {
        return engine.snapshot();
    }

    /**
     * Says how a probe would be answered now.
     *
     * @param probe what is asked
     * @return up, warn, or down
     */
    public Status status(Probe probe) {
        return engine.status(Objects.requireNonNull(probe, "probe"));
    }

    /**
     * Says whether this process need not be restarted.
     *
     * @return false only if a local check is down or the engine itself is dead
     */
    public boolean live() {
        return status(Probe.LIVE) != Status.DOWN;
    }

    /**
     * Says whether this process may get traffic.
     *
     * @return whether readiness is up, possibly with a warning
     */
    public boolean ready() {
        return status(Probe.READY) != Status.DOWN;
    }

    /**
     * Says whether the start is finished: every gate open and a first result of every check.
     *
     * @return true for good once it was true, but for a dead engine
     */
    public boolean started() {
        return status(Probe.STARTED) != Status.DOWN;
    }

    /**
     * Opens a startup gate for good.
     *
     * @param gate a name given to {@link Builder#startup}
     * @return this
     * @throws IllegalArgumentException if there is no such gate
     */
    public Health opened(String gate) {
        engine.open(Objects.requireNonNull(gate, "gate"));
        return this;
    }

    /**
     * Takes readiness down for good, before anything is stopped; there is no way back.
     *
     * <p>{@link Drain} calls this as its first act.
     */
    public void drain() {
        engine.drain();
    }

    /**
     * Hands out the finished answer to a probe, for adapters; allocates nothing for the default format.
     *
     * @param probe what was asked
     * @param accept the {@code Accept} header, empty where there is none; {@code application/health+json} chooses that
     *     format, anything else gets MicroProfile JSON
     * @return the answer, 200 or 503
     */
    public HealthAnswer answer(Probe probe, String accept) {
        HealthAnswer answer =
                engine.answer(Objects.requireNonNull(probe, "probe"), Objects.requireNonNull(accept, "accept"));
        counter(probe, answer.status()).increment();
        return answer;
    }

    /**
     * Counts the answers given so far.
     *
     * @param probe which probe
     * @param status 200 or 503
     * @return how often {@link #answer} gave that status
     */
    public long answers(Probe probe, int status) {
        return counter(probe, status).sum();
    }

    /**
     * Counts the events that a listener was too slow to take.
     *
     * @return a count since the start
     */
    public long droppedEvents() {
        return engine.droppedEvents();
    }

    /** Ends every thread and answers down from now on; a check that hangs is left behind on its daemon thread. */
    @Override
    public void close() {
        engine.close();
    }

    private LongAdder counter(Probe probe, int status) {
        Map<Probe, LongAdder> counters = status == 200 ? good : bad;
        return Objects.requireNonNull(counters.get(probe), "probe");
    }

    /** Describes a service; {@link #build} reports every fault at once. Not safe for many threads. */
    public static final class Builder {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
        private static final Set<String> RESERVED = Set.of("draining", "stale");
        private static final Duration MIN_STALE = Duration.ofSeconds(2);
        private static final Duration MAX_STALE = Duration.ofMinutes(5);

        private final String name;
        private final List<CheckSpec> checks = new ArrayList<>();
        private final List<String> gates = new ArrayList<>();
        private final List<HealthListener> listeners = new ArrayList<>();
        private final List<String> faults = new ArrayList<>();
        private Clock clock = Clock.systemUTC();
        private LongSupplier ticker = System::nanoTime;
        private Duration staleAfter = Duration.ofSeconds(16);
        private int maxConcurrent = 8;

        private Builder(String name) {
            this.name = Objects.requireNonNull(name, "name");
        }

        /**
         * Adds a check to liveness with the defaults of {@link CheckOptions}.
         *
         * @param check its name, unique among checks and gates
         * @param code must touch nothing outside this JVM
         * @return this
         */
        public Builder liveness(String check, LocalCheck code) {
            return liveness(check, code, options -> {});
        }

        /**
         * Adds a check to liveness.
         *
         * @param check its name, unique among checks and gates
         * @param code must touch nothing outside this JVM
         * @param options changes the defaults
         * @return this
         */
        public Builder liveness(String check, LocalCheck code, Consumer<CheckOptions> options) {
            return add(check, CheckKind.LIVENESS, code, options);
        }

        /**
         * Adds a check to readiness with the defaults of {@link CheckOptions}: it degrades and takes nothing down.
         *
         * @param check its name, unique among checks and gates
         * @param code what to run
         * @return this
         */
        public Builder readiness(String check, HealthCheck code) {
            return readiness(check, code, options -> {});
        }

        /**
         * Adds a check to readiness.
         *
         * @param check its name, unique among checks and gates
         * @param code what to run
         * @param options changes the defaults, such as {@link CheckOptions#critical}
         * @return this
         */
        public Builder readiness(String check, HealthCheck code, Consumer<CheckOptions> options) {
            return add(check, CheckKind.READINESS, code, options);
        }

        /**
         * Adds gates that must be {@linkplain Health#opened opened} before startup and readiness can be up.
         *
         * @param names unique among checks and gates; none by default
         * @return this
         */
        public Builder startup(String... names) {
            gates.addAll(List.of(names));
            return this;
        }

        /**
         * Adds a listener; each has a thread of its own while events wait for it.
         *
         * @param listener hears of every change
         * @return this
         */
        public Builder listener(HealthListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Sets the clock for the times in events; decisions never use it.
         *
         * @param value not calling it: the system clock
         * @return this
         */
        public Builder clock(Clock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /**
         * Sets the source of elapsed nanoseconds that every decision uses.
         *
         * @param value monotonic; not calling it: {@link System#nanoTime}
         * @return this
         */
        public Builder ticker(LongSupplier value) {
            ticker = Objects.requireNonNull(value, "ticker");
            return this;
        }

        /**
         * Sets after which time an answer that the engine has not renewed counts as down.
         *
         * @param value 2 s to 5 minutes; not calling it: 16 s. The engine renews every second
         * @return this
         */
        public Builder staleAfter(Duration value) {
            staleAfter = Objects.requireNonNull(value, "staleAfter");
            return this;
        }

        /**
         * Sets how many checks run at the same time; those out of time no longer count.
         *
         * @param value 1 to 32; not calling it: 8
         * @return this
         */
        public Builder maxConcurrent(int value) {
            maxConcurrent = value;
            return this;
        }

        /**
         * Makes the health of this service; nothing runs before {@link Health#start}.
         *
         * @return a health to be closed
         * @throws HealthConfigurationException if anything is wrong, with every fault
         */
        public Health build() {
            List<String> all = new ArrayList<>(faults);
            verify(all);
            if (!all.isEmpty()) {
                throw new HealthConfigurationException(all);
            }
            return new Health(new EngineSetup(
                    name, checks, gates, listeners, clock, ticker, staleAfter.toNanos(), maxConcurrent));
        }

        private Builder add(String check, CheckKind kind, HealthCheck code, Consumer<CheckOptions> change) {
            Objects.requireNonNull(check, "check");
            Objects.requireNonNull(code, "code");
            CheckOptions options = kind == CheckKind.LIVENESS ? CheckOptions.liveness() : CheckOptions.readiness();
            change.accept(options);
            faults.addAll(options.faults(check));
            CheckSpec.Pace pace = new CheckSpec.Pace(
                    options.every().toNanos(),
                    options.timeout().toNanos(),
                    options.failAfter(),
                    options.recoverAfter());
            checks.add(new CheckSpec(check, kind, code, options.impact(), pace, options.interrupt()));
            return this;
        }

        private void verify(List<String> all) {
            names(all);
            if (staleAfter.compareTo(MIN_STALE) < 0 || staleAfter.compareTo(MAX_STALE) > 0) {
                all.add("staleAfter must be from " + MIN_STALE + " to " + MAX_STALE + ", got " + staleAfter);
            }
            if (maxConcurrent < 1 || maxConcurrent > 32) {
                all.add("maxConcurrent must be from 1 to 32, got " + maxConcurrent);
            }
        }

        private void names(List<String> all) {
            Set<String> seen = new HashSet<>();
            List<String> names =
                    new ArrayList<>(checks.stream().map(CheckSpec::name).toList());
            names.addAll(gates);
            for (String each : names) {
                if (!seen.add(each)) {
                    all.add("names of checks and gates must be unique, got twice: " + each);
                }
                if (RESERVED.contains(each)) {
                    all.add("this name is taken by the engine: " + each);
                }
            }
            names.add(name);
            names.stream()
                    .filter(each -> !NAME.matcher(each).matches())
                    .forEach(each -> all.add("a name must match " + NAME + ", got: " + each));
        }
    }
}
