package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.Policy.Mode;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a request may go on now, by any number of policies.
 *
 * <p>All or nothing: if one policy refuses, the others give back what they took, and the decision names every policy of
 * those asked that refused. A refusal by the heap, by a cache or by a block asks no shared store to name more.
 *
 * <p>Safe for many threads. In the heap a check does no I/O and parks no thread; shared buckets are asked side by side
 * where their store can, so that it waits for the slowest. A store that does not answer is an outcome, never an exception.
 *
 * <pre>{@code
 * RateLimiter limiter = RateLimiter.builder()
 *         .policy(Policy.named("api-user")
 *                 .key(Keys.user())
 *                 .limit(Limit.of("minute", 300, Duration.ofMinutes(1)))
 *                 .limit(Limit.of("second", 20, Duration.ofSeconds(1)))
 *                 .build())
 *         .build();
 * Decision decision = limiter.check(RequestFacts.builder().userId("u1").build());
 * }</pre>
 */
public final class RateLimiter {
    private final PolicyStores stores;
    private final RateLimitListener listener;
    private final Predicate<RequestFacts> exempt;
    private final @Nullable Executor executor;
    private final boolean heard;
    private final ReentrantLock replacing = new ReentrantLock();
    private volatile Plan plan;
    private volatile Mode mode = Mode.ENFORCE;

    private RateLimiter(Builder builder, PolicyStores stores, Plan plan, RateLimitListener listener) {
        this.stores = stores;
        this.plan = plan;
        this.exempt = builder.exempt;
        this.executor = builder.executor;
        this.heard = builder.listener != Builder.NOBODY;
        this.listener = listener;
    }

    /**
     * Starts a limiter; what is not set is local and unheard.
     *
     * @return a builder for one thread
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Counts a request and decides.
     *
     * @param facts what is known about the request
     * @return the decision; {@link Decision.Outcome#STORE_DENIED} where a store did not answer
     */
    public Decision check(RequestFacts facts) {
        return told(facts, decide(Objects.requireNonNull(facts, "facts")));
    }

    private Decision decide(RequestFacts facts) {
        Mode now = mode;
        Decision unasked = unasked(now, facts);
        return unasked == null ? plan.decide(now, facts, listener) : unasked;
    }

    private @Nullable Decision unasked(Mode now, RequestFacts facts) {
        if (now == Mode.OFF) {
            return PlainDecision.UNASKED;
        }
        return exempt.test(facts) ? PlainDecision.EXEMPT : null;
    }

    /**
     * Counts a request and decides without keeping the calling thread, an event loop for example, waiting for a store.
     * Buckets in shared stores are asked side by side.
     *
     * @param facts what is known about the request
     * @return the decision; it fails with nothing but what a reader of the application throws
     * @throws IllegalStateException if a store can only be waited for and no {@link Builder#executor} was set
     */
    public CompletionStage<Decision> checkAsync(RequestFacts facts) {
        Objects.requireNonNull(facts, "facts");
        Plan current = plan;
        if (current.blocking() && executor == null) {
            throw new IllegalStateException("a store of this limiter blocks its caller: set Builder.executor");
        }
        try {
            return decideAsync(current, mode, facts).thenApply(decision -> told(facts, decision));
        } catch (RuntimeException failure) {
            return CompletableFuture.failedStage(failure);
        }
    }

    private CompletionStage<Decision> decideAsync(Plan current, Mode now, RequestFacts facts) {
        Decision unasked = unasked(now, facts);
        if (unasked != null || current.heapOnly()) {
            return CompletableFuture.completedStage(unasked == null ? current.decide(now, facts, listener) : unasked);
        }
        if (!current.blocking()) {
            return current.decideLater(now, facts, listener);
        }
        Check check = Check.of(current, now, facts, listener);
        try {
            return CompletableFuture.supplyAsync(check::run, Objects.requireNonNull(executor));
        } catch (RejectedExecutionException full) {
            // Just when a store is slow the threads run out: each policy says what it does without one.
            return CompletableFuture.completedStage(check.runWithout(full));
        }
    }

    private Decision told(RequestFacts facts, Decision decision) {
        if (heard) {
            listener.decided(new RateLimitEvent.Decided(facts, decision));
        }
        return decision;
    }

    /**
     * Lists the policies.
     *
     * @return in the order in which they are asked, unmodifiable
     */
    public List<Policy> policies() {
        return plan.policies();
    }

    /**
     * Says which version of the policies decides.
     *
     * @return the version
     */
    public long version() {
        return plan.version();
    }

    /**
     * Replaces all policies at once. Requests under way are decided by the earlier ones, later ones by these; what has
     * been used up stays used up, also by a policy that is gone and comes back: what it has counted is forgotten when it
     * would have come back. A policy with a name from before keeps its store; a new one gets the limiter's.
     *
     * <p>Where several processes share a store, the buckets follow the newest version: an older process goes on to count
     * by the newer figures until it has them itself, so a rolling release never changes them to and fro.
     *
     * @param version greater than {@link #version}, for example the epoch milliseconds at which the set was published
     * @param policies at least one, names differing
     * @throws RateLimitConfigurationException with every fault found; then nothing has changed. Number the corrected set
     *     anew, a shared store may have seen this one
     */
    public void replacePolicies(long version, List<Policy> policies) {
        replacing.lock();
        try {
            if (version <= plan.version()) {
                throw new RateLimitConfigurationException(
                        List.of("version must be greater than " + plan.version() + ", got " + version));
            }
            Plan next = stores.open(version, List.copyOf(policies));
            Findings.log(plan.findings(), next.findings());
            plan = next;
        } finally {
            replacing.unlock();
        }
        listener.policiesReplaced(new RateLimitEvent.PoliciesReplaced(version));
    }

    /**
     * Lists what is dangerous about the policies as they are; each was logged once.
     *
     * @return in the order of the policies, unmodifiable
     */
    public List<RateLimitAdmin.Finding> findings() {
        return plan.findings();
    }

    /**
     * Puts the whole limiter on trial or to rest, for when limits turn out to hurt more than they help; policies that
     * are themselves in {@link Mode#SHADOW} or {@link Mode#OFF} stay there.
     *
     * @param word {@link Mode#ENFORCE} to return to normal, {@link Mode#SHADOW} to refuse nothing, {@link Mode#OFF} to
     *     ask nothing
     */
    public void switchTo(Mode word) {
        mode = Objects.requireNonNull(word, "word");
        listener.switched(new RateLimitEvent.Switched(word));
    }

    /**
     * Says what {@link #switchTo} was last told.
     *
     * @return {@link Mode#ENFORCE} at first
     */
    public Mode mode() {
        return mode;
    }

    /**
     * Looks at single callers and changes how they stand.
     *
     * @return for the operators of the service; the policies are those that decide at the time of each call
     */
    public RateLimitAdmin admin() {
        return new RateLimitAdmin(() -> plan, listener);
    }

    /**
     * Counts the keys of a policy that are held in this process.
     *
     * @param policy the policy's name
     * @return the number, give or take, or empty where the keys are elsewhere or there is no such policy
     */
    public OptionalLong trackedKeys(String policy) {
        long[] sizes = plan.entry(Objects.requireNonNull(policy, "policy")).stream()
                .flatMap(entry -> entry.allTiers().stream().flatMap(List::stream))
                .map(unit -> unit.space().size())
                .filter(OptionalLong::isPresent)
                .mapToLong(OptionalLong::getAsLong)
                .toArray();
        return sizes.length == 0
                ? OptionalLong.empty()
                : OptionalLong.of(LongStream.of(sizes).sum());
    }

    /**
     * Counts how often a key of a policy was charged together with strangers, because the table of keys in this process
     * was full ({@link BucketStore.Source#OVERFLOW}). It rises under a flood of keys, or where the table is too small.
     *
     * @param policy the policy's name
     * @return the number since the store was made, 0 where there is no such policy or no table in this process
     */
    public long overflows(String policy) {
        return plan.entry(Objects.requireNonNull(policy, "policy")).stream()
                .flatMap(entry -> entry.allTiers().stream().flatMap(List::stream))
                .mapToLong(Unit::overflows)
                .sum();
    }

    /** Collects a limiter; not for several threads. */
    public static final class Builder {
        private static final RateLimitListener NOBODY = RateLimitListener.none();

        private final List<Policy> policies = new ArrayList<>();
        private final Map<String, BucketStore> placed = new HashMap<>();
        private @Nullable BucketStore store;
        private @Nullable Executor executor;
        private long version;
        private LongSupplier ticker = System::nanoTime;
        private Clock clock = Clock.systemUTC();
        private Predicate<RequestFacts> exempt = facts -> false;
        private RateLimitListener listener = NOBODY;

        private Builder() {}

        /**
         * Adds a policy; a limiter without one is refused.
         *
         * @param policy its name must differ from those of the others
         * @return this builder
         */
        public Builder policy(Policy policy) {
            policies.add(Objects.requireNonNull(policy, "policy"));
            return this;
        }

        /**
         * Adds a policy whose buckets are kept elsewhere than those of the others.
         *
         * @param policy its name must differ from those of the others
         * @param buckets the store; it stays the caller's to close
         * @return this builder
         */
        public Builder policy(Policy policy, BucketStore buckets) {
            placed.put(policy.name(), Objects.requireNonNull(buckets, "buckets"));
            return policy(policy);
        }

        /**
         * Numbers the policies; 0 if not called. Where processes with different figures meet in one shared store, those
         * of the greater version decide; with equal versions the figures would go to and fro.
         *
         * @param number at least 0, for example the epoch milliseconds at which the set was published
         * @return this builder
         */
        public Builder version(long number) {
            version = number;
            return this;
        }

        /**
         * Leaves some callers out of all policies; nobody if not called. Called twice, one is enough.
         *
         * @param callers must not block
         * @return this builder
         */
        public Builder exempt(Predicate<RequestFacts> callers) {
            exempt = exempt.or(Objects.requireNonNull(callers, "callers"));
            return this;
        }

        /**
         * Sets the threads on which {@link RateLimiter#checkAsync} waits for stores that cannot do without; it refuses
         * such stores if not called.
         *
         * @param threads stays the caller's to shut down
         * @return this builder
         */
        public Builder executor(Executor threads) {
            executor = Objects.requireNonNull(threads, "threads");
            return this;
        }

        /**
         * Sets where buckets are kept; in this process, with {@link LocalSpec#standard()}, if not called.
         *
         * @param buckets the store; it stays the caller's to close
         * @return this builder
         */
        public Builder store(BucketStore buckets) {
            store = Objects.requireNonNull(buckets, "buckets");
            return this;
        }

        /**
         * Sets the elapsed time of the default store; {@link System#nanoTime()} if not called. A store that was set
         * goes by its own.
         *
         * @param nanos elapsed nanoseconds
         * @return this builder
         */
        public Builder ticker(LongSupplier nanos) {
            ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Sets the wall clock, by which quotas of the calendar go in a store without a time of its own ({@link
         * BucketStore#time}); the system's if not called.
         *
         * @param wallClock the clock
         * @return this builder
         */
        public Builder clock(Clock wallClock) {
            clock = Objects.requireNonNull(wallClock, "wallClock");
            return this;
        }

        /**
         * Sets who hears of decisions and store failures; nobody if not called.
         *
         * @param observer the listener
         * @return this builder
         */
        public Builder listener(RateLimitListener observer) {
            listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Makes the limiter.
         *
         * @return the limiter
         * @throws RateLimitConfigurationException with every fault found
         */
        public RateLimiter build() {
            BucketStore buckets =
                    store == null ? BucketStores.local(LocalSpec.standard().withTicker(ticker)) : store;
            RateLimitListener guarded = new GuardedListener(listener);
            PolicyStores stores = new PolicyStores(buckets, placed, new PolicyStores.Times(ticker, clock), guarded);
            Plan first = stores.open(version, List.copyOf(policies));
            Findings.log(List.of(), first.findings());
            return new RateLimiter(this, stores, first, guarded);
        }
    }
}
