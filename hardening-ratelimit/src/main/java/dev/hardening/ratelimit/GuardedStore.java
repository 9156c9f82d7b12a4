package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A shared store with one {@link Breaker} in front of it, a fallback for what asks for one, and deny caches. */
final class GuardedStore implements BucketStore {
    private final BucketStore shared;
    private final OutageSpec spec;
    private final RateLimitListener listener;
    private final Breaker breaker;
    private final BucketStore fallback;
    private final KeptByName<SpentLedger> ledgers = new KeptByName<>(SpentLedger::isClear);
    private final KeptByName<DenyCache.Group> denials = new KeptByName<>(unreachable -> true);
    private final KeptByName<Opened> opened = new KeptByName<>(unreachable -> true);

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
        return opened.open(wanted.name(), Opened::new, known -> known.as(wanted, () -> space(wanted)));
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
        return denials.open(
                wanted.name(),
                DenyCache.Group::new,
                versions -> new DenyCachedSpace(
                        guarded, new DenyCache(wanted.limits(), spec.deniedKeys(), spec.ticker(), versions)));
    }

    private @Nullable FallbackSpace fallback(SpaceSpec wanted) {
        if (wanted.onFailure() != FailureMode.LOCAL) {
            return null;
        }
        Space local = fallback.open(FallbackSpace.share(wanted, spec.share()));
        return ledgers.open(
                wanted.name(),
                () -> new SpentLedger(spec.fallbackKeys(), spec.ticker()),
                ledger -> new FallbackSpace(local, ledger, wanted));
    }

    int names() {
        return Math.max(opened.size(), Math.max(ledgers.size(), denials.size()));
    }

    /** What was opened last of a name, as long as anybody uses it. */
    private static final class Opened {
        private @Nullable SpaceSpec spec;
        private WeakReference<Space> space = new WeakReference<>(null);

        private Space as(SpaceSpec wanted, Supplier<Space> opening) {
            Space known = wanted.equals(spec) ? space.get() : null;
            if (known != null) {
                return known;
            }
            Space made = opening.get();
            spec = wanted;
            space = new WeakReference<>(made);
            return made;
        }
    }
}
