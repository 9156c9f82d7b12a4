package dev.hardening.ratelimit;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** A shared store whose large limits are taken from in advance, a few tokens at a time. */
final class LeasedStore implements BucketStore {
    private final BucketStore shared;
    private final LeaseSpec spec;
    private final ConcurrentMap<String, LeasedSpace> latest = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, Leases> leases = new ConcurrentHashMap<>();

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
        Leases held = leases.computeIfAbsent(wanted.name(), name -> new Leases(spec));
        LeasedSpace leased = new LeasedSpace(space, tokens, held, spec);
        latest.put(wanted.name(), leased);
        return leased;
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
        latest.values().forEach(LeasedSpace::giveAllBack);
        shared.close();
    }
}
