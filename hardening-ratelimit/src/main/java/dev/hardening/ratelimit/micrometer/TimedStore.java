package dev.hardening.ratelimit.micrometer;

import dev.hardening.ratelimit.BucketStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Times what a store is asked for by requests, and leaves all else to it. */
final class TimedStore implements BucketStore {
    private final BucketStore store;
    private final String name;
    private final MeterRegistry registry;

    TimedStore(String name, BucketStore store, MeterRegistry registry) {
        this.store = store;
        this.name = name;
        this.registry = registry;
    }

    @Override
    public Space open(SpaceSpec spec) {
        return new TimedSpace(store.open(spec), new Timers(spec.name(), name, registry));
    }

    @Override
    public Health health() {
        return store.health();
    }

    @Override
    public Optional<Instant> time() {
        return store.time();
    }

    @Override
    public void close() {
        store.close();
    }

    @Override
    public String toString() {
        return store.toString();
    }

    /** Kept once they are found: asking the registry builds names and tags each time. */
    private static final class Timers {
        private static final String SILENCE = "none";

        private final String policy;
        private final String store;
        private final MeterRegistry registry;
        private final ConcurrentMap<String, Timer> known = new ConcurrentHashMap<>();

        private Timers(String policy, String store, MeterRegistry registry) {
            this.policy = policy;
            this.store = store;
            this.registry = registry;
        }

        private Timer timer(String source) {
            return Timer.builder(RateLimitMeters.PREFIX + "decision")
                    .description("Time that a bucket store took to answer a request")
                    .tag(RateLimitMeters.POLICY, policy)
                    .tag(RateLimitMeters.STORE, store)
                    .tag("source", source)
                    .register(registry);
        }

        private long begin() {
            return registry.config().clock().monotonicTime();
        }

        private void end(long begin, @Nullable Take answer) {
            String source = answer == null ? SILENCE : DecisionMeters.tag(answer.source());
            known.computeIfAbsent(source, this::timer).record(begin() - begin, TimeUnit.NANOSECONDS);
        }
    }

    private record TimedSpace(Space space, Timers timers) implements Space {
        @Override
        public Take take(String key, long tokens) {
            long begin = timers.begin();
            Take answer = null;
            try {
                answer = space.take(key, tokens);
                return answer;
            } finally {
                timers.end(begin, answer);
            }
        }

        @Override
        public CompletionStage<Take> takeAsync(String key, long tokens) {
            long begin = timers.begin();
            return space.takeAsync(key, tokens).whenComplete((answer, failure) -> timers.end(begin, answer));
        }

        /** What it does not know is asked for by a take, which is timed then. */
        @Override
        public Optional<Take> knownRefusal(String key, long tokens) {
            long begin = timers.begin();
            Optional<Take> known = space.knownRefusal(key, tokens);
            known.ifPresent(answer -> timers.end(begin, answer));
            return known;
        }

        @Override
        public Take peek(String key, long tokens) {
            return space.peek(key, tokens);
        }

        @Override
        public CompletionStage<Take> peekAsync(String key, long tokens) {
            return space.peekAsync(key, tokens);
        }

        @Override
        public void debit(String key, long tokens) {
            space.debit(key, tokens);
        }

        @Override
        public CompletionStage<?> debitAsync(String key, long tokens) {
            return space.debitAsync(key, tokens);
        }

        @Override
        public void credit(String key, long tokens) {
            space.credit(key, tokens);
        }

        @Override
        public CompletionStage<?> creditAsync(String key, long tokens) {
            return space.creditAsync(key, tokens);
        }

        @Override
        public void reset(String key) {
            space.reset(key);
        }

        @Override
        public boolean blocking() {
            return space.blocking();
        }

        @Override
        public OptionalLong size() {
            return space.size();
        }
    }
}
