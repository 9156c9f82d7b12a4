package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStores.LocalSpec;
import io.github.bucket4j.TimeMeter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;

/** One bounded table of buckets for each policy, in the heap. */
final class LocalBucketStore implements BucketStore {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9._-]{0,63}");

    private final LocalSpec spec;
    private final TimeMeter clock;
    private final SipHash hash;
    private final ConcurrentMap<String, LocalSpace> spaces = new ConcurrentHashMap<>();

    LocalBucketStore(LocalSpec spec) {
        this.spec = Objects.requireNonNull(spec, "spec");
        this.clock = new Elapsed(spec);
        this.hash = SipHash.random();
    }

    @Override
    public Space open(String name, List<Limit> limits) {
        requireName(name);
        CompiledLimits compiled = CompiledLimits.of(limits);
        LocalSpace space =
                spaces.computeIfAbsent(name, absent -> new LocalSpace(compiled, clock, spec.maxKeys(), hash));
        if (!space.limits().equals(compiled.limits())) {
            throw new IllegalArgumentException('"' + name + "\" is open with other limits");
        }
        return space;
    }

    static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("name must match " + NAME + ", got \"" + name + '"');
        }
    }

    /** Counts from zero, because bucket4j compares times and a nanosecond ticker may be negative or wrap. */
    private static final class Elapsed implements TimeMeter {
        private final LocalSpec spec;
        private final long start;

        private Elapsed(LocalSpec spec) {
            this.spec = spec;
            this.start = spec.ticker().getAsLong();
        }

        @Override
        public long currentTimeNanos() {
            return spec.ticker().getAsLong() - start;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }
}
