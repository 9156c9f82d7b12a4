package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.github.bucket4j.BucketListener;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.MathType;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.VerboseResult;
import io.github.bucket4j.local.LockFreeBucket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one policy in the heap: bounded, and no bucket is forgotten before it is full again.
 *
 * <p>A cache that evicts what it deems cold gives an attacker his limit back for the price of a flood of keys. Here an
 * entry leaves by time alone: {@code full} (empty to full) plus {@code SLACK} after its last use, later if it is in
 * debt. While the table holds {@code maxKeys}, a new key is not entered but charged to one of a fixed number of stripe
 * buckets, chosen by a keyed hash, that have the same limits.
 *
 * <p>A key that was charged to its stripe and enters the table later would have two buckets, twice its limit. So an
 * entry begins bound to its stripe: every take is charged to both until the stripe was once seen full. At that instant
 * the stripe remembers nothing about the key, and the bound of the entry's own bucket is the whole bound. The other
 * order, a key entering while a thread is charging its stripe, is caught after the charge: the thread looks the key up
 * again, and if it is there now, gives the stripe its tokens back and starts over with the entry.
 */
final class LocalSpace implements BucketStore.Space {
    private static final int STRIPES = 1024;
    private static final long SLACK = Duration.ofSeconds(10).toNanos();
    private static final long SWEEP = Duration.ofMillis(100).toNanos();

    private final CompiledLimits limits;
    private final TimeMeter clock;
    private final int maxKeys;
    private final SipHash hash;
    private final Cache<String, Entry> entries;
    private final AtomicReferenceArray<@Nullable LockFreeBucket> stripes = new AtomicReferenceArray<>(STRIPES);
    private final AtomicLong lastSweep;

    LocalSpace(CompiledLimits limits, TimeMeter clock, int maxKeys, SipHash hash) {
        this.limits = limits;
        this.clock = clock;
        this.maxKeys = maxKeys;
        this.hash = hash;
        this.lastSweep = new AtomicLong(clock.currentTimeNanos() - SWEEP);
        this.entries = Caffeine.newBuilder()
                .ticker(clock::currentTimeNanos)
                .executor(Runnable::run)
                .expireAfter(new UntilFull(limits.nanosToFull() + SLACK))
                .build();
    }

    List<Limit> limits() {
        return limits.limits();
    }

    @Override
    public BucketStore.Take take(String key, long tokens) {
        while (true) {
            Entry entry = find(key);
            if (entry != null) {
                return take(entry, tokens);
            }
            LockFreeBucket stripe = stripe(stripeOf(key));
            BucketStore.Take take = take(stripe, tokens, BucketStore.Source.OVERFLOW);
            if (!take.granted() || entries.getIfPresent(key) == null) {
                return take;
            }
            take.undo().run();
        }
    }

    @Override
    public BucketStore.Take peek(String key, long tokens) {
        Entry entry = entries.getIfPresent(key);
        LockFreeBucket stripe = entry == null ? stripes.get(stripeOf(key)) : bound(entry);
        if (entry == null && stripe == null) {
            return new BucketStore.Take(true, limits.untouched(), BucketStore.Source.LOCAL, LocalSpace::nothing);
        }
        BucketStore.Take shared = stripe == null ? null : peek(stripe, tokens, BucketStore.Source.OVERFLOW);
        BucketStore.Take own = entry == null ? null : peek(entry.bucket, tokens, BucketStore.Source.LOCAL);
        if (own == null || (shared != null && shared.retryAfter().compareTo(own.retryAfter()) > 0)) {
            return Objects.requireNonNull(shared);
        }
        return own;
    }

    @Override
    public void debit(String key, long tokens) {
        Entry entry = find(key);
        LockFreeBucket bucket = entry == null ? stripe(stripeOf(key)) : entry.bucket;
        VerboseResult<Long> result = bucket.asVerbose().consumeIgnoringRateLimits(tokens);
        if (entry != null) {
            entry.fullAt(result.getOperationTimeNanos() + limits.nanosToFull(result.getState()));
            // Reading again makes the table count with the debt; if the entry has just left, the debt is still to be
            // made.
            if (entries.getIfPresent(key) != entry) {
                debit(key, tokens);
            }
        }
    }

    @Override
    public void reset(String key) {
        Entry entry = entries.getIfPresent(key);
        if (entry != null) {
            entry.bucket.reset();
        }
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(entries.estimatedSize());
    }

    private BucketStore.Take take(Entry entry, long tokens) {
        LockFreeBucket stripe = bound(entry);
        BucketStore.Take own = take(entry.bucket, tokens, BucketStore.Source.LOCAL);
        if (stripe == null || !own.granted()) {
            return own;
        }
        BucketStore.Take shared = take(stripe, tokens, BucketStore.Source.OVERFLOW);
        if (!shared.granted()) {
            own.undo().run();
            return shared;
        }
        return new BucketStore.Take(true, own.levels(), BucketStore.Source.LOCAL, () -> {
            own.undo().run();
            shared.undo().run();
        });
    }

    private BucketStore.Take take(LockFreeBucket bucket, long tokens, BucketStore.Source source) {
        VerboseResult<ConsumptionProbe> result = bucket.asVerbose().tryConsumeAndReturnRemaining(tokens);
        boolean granted = result.getValue().isConsumed();
        return new BucketStore.Take(
                granted,
                limits.levels(result.getState(), granted ? 0 : tokens),
                source,
                granted ? () -> bucket.addTokens(tokens) : LocalSpace::nothing);
    }

    private BucketStore.Take peek(LockFreeBucket bucket, long tokens, BucketStore.Source source) {
        VerboseResult<Long> result = bucket.asVerbose().getAvailableTokens();
        boolean granted = result.getValue() >= tokens;
        return new BucketStore.Take(
                granted, limits.levels(result.getState(), granted ? 0 : tokens), source, LocalSpace::nothing);
    }

    /** The entry of a key, made if there is room, or null if the key has to share a stripe. */
    private @Nullable Entry find(String key) {
        Entry entry = entries.getIfPresent(key);
        if (entry != null || !hasRoom()) {
            return entry;
        }
        return entries.get(key, absent -> new Entry(bucket(), stripeOf(absent)));
    }

    private boolean hasRoom() {
        if (entries.estimatedSize() < maxKeys) {
            return true;
        }
        long now = clock.currentTimeNanos();
        long last = lastSweep.get();
        if (now - last >= SWEEP && lastSweep.compareAndSet(last, now)) {
            entries.cleanUp();
        }
        return entries.estimatedSize() < maxKeys;
    }

    /** The stripe that an entry must also be charged to, or null once the stripe was seen full. */
    private @Nullable LockFreeBucket bound(Entry entry) {
        if (!entry.bound) {
            return null;
        }
        LockFreeBucket stripe = stripes.get(entry.stripe);
        if (stripe == null || isFull(stripe)) {
            entry.bound = false;
            return null;
        }
        return stripe;
    }

    private boolean isFull(LockFreeBucket bucket) {
        return limits.nanosToFull(bucket.asVerbose().getAvailableTokens().getState()) == 0;
    }

    private LockFreeBucket stripe(int index) {
        LockFreeBucket stripe = stripes.get(index);
        if (stripe != null) {
            return stripe;
        }
        LockFreeBucket made = bucket();
        LockFreeBucket other = stripes.compareAndExchange(index, null, made);
        return other == null ? made : other;
    }

    private int stripeOf(String key) {
        return (int) (hash.hash(key.getBytes(StandardCharsets.UTF_8)) & (STRIPES - 1));
    }

    private LockFreeBucket bucket() {
        return new LockFreeBucket(limits.configuration(), MathType.INTEGER_64_BITS, clock, BucketListener.NOPE);
    }

    private static void nothing() {}

    private static final class Entry {
        private final LockFreeBucket bucket;
        private final int stripe;
        private final AtomicLong fullAt = new AtomicLong();
        private volatile boolean bound = true;

        private Entry(LockFreeBucket bucket, int stripe) {
            this.bucket = bucket;
            this.stripe = stripe;
        }

        private void fullAt(long time) {
            fullAt.accumulateAndGet(time, Math::max);
        }
    }

    /** Keeps an entry until its bucket is full for certain; the bucket's state itself need not be read. */
    private record UntilFull(long keep) implements Expiry<String, Entry> {
        @Override
        public long expireAfterCreate(String key, Entry entry, long now) {
            return keep;
        }

        @Override
        public long expireAfterUpdate(String key, Entry entry, long now, long duration) {
            return duration;
        }

        @Override
        public long expireAfterRead(String key, Entry entry, long now, long duration) {
            return Math.max(keep, entry.fullAt.get() - now + SLACK);
        }
    }
}
