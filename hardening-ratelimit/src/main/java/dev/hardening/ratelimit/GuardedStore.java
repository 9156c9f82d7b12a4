package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** A shared store with one {@link Breaker} in front of it, a fallback for what asks for one, and deny caches. */
final class GuardedStore implements BucketStore {
    private final BucketStore shared;
    private final OutageSpec spec;
    private final RateLimitListener listener;
    private final Breaker breaker;
    private final BucketStore fallback;
    private final ConcurrentMap<String, SpentLedger> ledgers = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, DenyCache.Group> denials = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Opened> opened = new ConcurrentHashMap<>();

    GuardedStore(BucketStore shared, OutageSpec spec) {
        this.shared = checked(shared);
        this.spec = Objects.requireNonNull(spec, "spec");
        this.listener = new GuardedListener(spec.listener());
        this.breaker = new Breaker(spec, listener);
        this.fallback = new LocalBucketStore(new LocalSpec(spec.fallbackKeys(), spec.ticker()));
    }

    /** What is leased inside of a guard would be taken for what the store answers; two guards would hide one another. */
    private static BucketStore checked(BucketStore shared) {
        if (shared instanceof LeasedStore || shared instanceof GuardedStore) {
            throw new IllegalArgumentException(
                    "a leased or guarded store cannot be guarded: guard the shared one itself");
        }
        return Objects.requireNonNull(shared, "shared");
    }

    /** A name keeps its space while its limits stay, and its debts whatever becomes of its limits. */
    @Override
    public Space open(SpaceSpec wanted) {
        Opened known = opened.get(wanted.name());
        if (known != null && known.spec().equals(wanted)) {
            return known.space();
        }
        Space space = space(wanted);
        opened.put(wanted.name(), new Opened(wanted, space));
        return space;
    }

    @Override
    public Health health() {
        return breaker.health();
    }

    @Override
    public Optional<Instant> time() {
        return shared.time();
    }

    @Override
    public void close() {
        shared.close();
    }

    private Space space(SpaceSpec wanted) {
        Space exact = shared.open(wanted);
        Space guarded = new GuardedSpace(wanted, exact, breaker, fallback(wanted), listener);
        // Who was unblocked elsewhere must not be kept out by what is remembered here; blocks are remembered by
        // themselves.
        if (spec.deniedKeys() == 0 || Blocks.holds(wanted)) {
            return guarded;
        }
        DenyCache.Group versions = denials.computeIfAbsent(wanted.name(), name -> new DenyCache.Group());
        return new DenyCachedSpace(guarded, new DenyCache(wanted.limits(), spec.deniedKeys(), spec.ticker(), versions));
    }

    private @Nullable FallbackSpace fallback(SpaceSpec wanted) {
        if (wanted.onFailure() != FailureMode.LOCAL) {
            return null;
        }
        SpentLedger ledger =
                ledgers.computeIfAbsent(wanted.name(), name -> new SpentLedger(spec.fallbackKeys(), spec.ticker()));
        return new FallbackSpace(fallback.open(FallbackSpace.share(wanted, spec.share())), ledger, wanted);
    }

    private record Opened(SpaceSpec spec, Space space) {}
}
