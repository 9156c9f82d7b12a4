package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import java.util.Objects;
import java.util.function.LongSupplier;

/** One bounded table of buckets for each policy, in the heap; that of a policy that is gone goes once all are full. */
final class LocalBucketStore implements BucketStore {
    private final LocalSpec spec;
    private final LongSupplier clock;
    private final SipHash hash;
    private final KeptByName<LocalTable> tables = new KeptByName<>(LocalTable::isFull);

    LocalBucketStore(LocalSpec spec) {
        this.spec = Objects.requireNonNull(spec, "spec");
        this.clock = Elapsed.of(spec.ticker());
        this.hash = SipHash.random();
    }

    @Override
    public LocalSpace open(SpaceSpec wanted) {
        CompiledLimits compiled = CompiledLimits.of(wanted.limits());
        return tables.open(
                wanted.name(), () -> new LocalTable(compiled, wanted.version(), clock, spec.maxKeys(), hash), table -> {
                    table.requireAgreement(wanted.name(), compiled, wanted.version());
                    return new LocalSpace(table, compiled, wanted.version());
                });
    }

    int tables() {
        return tables.size();
    }

    /** Counts from zero, because bucket4j compares times and a nanosecond ticker may be negative or wrap. */
    private record Elapsed(LongSupplier ticker, long start) implements LongSupplier {
        private static Elapsed of(LongSupplier ticker) {
            return new Elapsed(ticker, ticker.getAsLong());
        }

        @Override
        public long getAsLong() {
            return ticker.getAsLong() - start;
        }
    }
}
