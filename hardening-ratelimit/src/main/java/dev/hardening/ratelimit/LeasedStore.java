package dev.hardening.ratelimit;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A shared store whose large limits are taken from in advance, a few tokens at a time.
 *
 * <p>What was bought for a policy that is taken away stays spent if nobody can reach its buckets any more: there are no
 * calls that could bring it back.
 */
final class LeasedStore implements BucketStore {
    private final BucketStore shared;
    private final LeaseSpec spec;
    private final KeptByName<Bought> bought = new KeptByName<>(unreachable -> true);

    LeasedStore(BucketStore shared, LeaseSpec spec) {
        if (shared instanceof LeasedStore) {
            throw new IllegalArgumentException("a leased store cannot be leased from again");
        }
        this.shared = Objects.requireNonNull(shared, "shared");
        this.spec = Objects.requireNonNull(spec, "spec");
    }

    /** What was bought under other limits of the same name is still there to be spent. */
    @Override
    public Space open(SpaceSpec wanted) {
        Space space = shared.open(wanted);
        long tokens = spec.tokens(wanted.limits());
        if (tokens <= 1) {
            return space;
        }
        return bought.open(wanted.name(), () -> new Bought(new Leases(spec)), mine -> {
            mine.latest = space;
            return new LeasedSpace(space, tokens, mine.leases, spec);
        });
    }

    @Override
    public Health health() {
        return shared.health();
    }

    @Override
    public Optional<Instant> time() {
        return shared.time();
    }

    /** Gives back what was not spent, as far as the store takes it. */
    @Override
    public void close() {
        bought.forEach(Bought::giveAllBack);
        shared.close();
    }

    int names() {
        return bought.size();
    }

    /** The leases of one name, and where what is left of them goes. */
    private static final class Bought {
        private final Leases leases;
        private @Nullable Space latest;

        private Bought(Leases leases) {
            this.leases = leases;
        }

        /** Until the store does not take it. */
        private void giveAllBack() {
            Space store = latest;
            for (Leases.Rest rest : leases.all()) {
                if (store == null || !LeasedSpace.given(store, rest)) {
                    return;
                }
            }
        }
    }
}
