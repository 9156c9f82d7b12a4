package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one policy in the heap, over all its versions: bounded, and no bucket is forgotten before it is full.
 *
 * <p>A cache that evicts what it deems cold gives an attacker his limit back for the price of a flood of keys. Here an
 * entry leaves by time alone: {@code full} (empty to full) plus {@code SLACK} after its last use, later if it is in
 * debt. While the table holds {@code maxKeys}, a new key is not entered but charged to one of a fixed number of stripe
 * buckets, chosen by a keyed hash, that have the same limits.
 */
final class LocalTable {
    private static final int STRIPES = 1024;
    private static final long SLACK = Duration.ofSeconds(10).toNanos();
    /** A century; no time to refill is longer, and sums stay far from overflow. */
    private static final long LONGEST = Duration.ofDays(36_500).toNanos();

    private static final long SWEEP = Duration.ofMillis(100).toNanos();

    private final LongSupplier clock;
    private final int maxKeys;
    private final SipHash hash;
    private final Cache<Object, Entry> entries;
    private final AtomicReferenceArray<@Nullable Cell> stripes = new AtomicReferenceArray<>(STRIPES);
    private final AtomicLong lastSweep;
    /** When the last debt that somebody announced is paid off, or 0 if there is none. */
    private final AtomicLong indebtedUntil = new AtomicLong();
    /** Held by whoever makes a debt and announces it, or looks for those that are left. */
    private final ReentrantLock announcing = new ReentrantLock();

    private final LongAdder overflows = new LongAdder();
    private volatile Version newest;

    LocalTable(CompiledLimits limits, long version, LongSupplier clock, int maxKeys, SipHash hash) {
        this.newest = new Version(limits, version);
        this.clock = clock;
        this.maxKeys = maxKeys;
        this.hash = hash;
        this.lastSweep = new AtomicLong(clock.getAsLong() - SWEEP);
        this.entries = Caffeine.newBuilder()
                .ticker(clock::getAsLong)
                .executor(Runnable::run)
                .expireAfter(new UntilFull())
                .build();
    }

    /** The limits that decide now, those of the newest version that was opened. */
    CompiledLimits limits() {
        return newest.limits;
    }

    /** The same version may not mean two things. */
    void requireAgreement(String name, CompiledLimits limits, long version) {
        Version now = newest;
        if (version == now.number && !now.limits.limits().equals(limits.limits())) {
            throw new IllegalArgumentException('"' + name + "\" is open with other limits");
        }
    }

    /** Takes the limits over if they are newer; with the first use, so that what was only opened changes nothing. */
    void adopt(CompiledLimits limits, long version) {
        if (version > newest.number) {
            adoptNewer(limits, version);
        }
    }

    private synchronized void adoptNewer(CompiledLimits limits, long version) {
        if (version > newest.number) {
            newest = new Version(limits, version);
        }
    }

    long now() {
        return clock.getAsLong();
    }

    @Nullable
    Entry present(Object key) {
        return entries.getIfPresent(key);
    }

    /** The entry of a key, made if there is room, or null if the key has to share a stripe. */
    @Nullable
    Entry find(Object key) {
        Entry entry = entries.getIfPresent(key);
        if (entry != null || !hasRoom()) {
            return entry;
        }
        return entries.get(key, absent -> new Entry(limits(), now(), absent, stripeOf(absent)));
    }

    @Nullable
    Cell stripeIfAny(int index) {
        return stripes.get(index);
    }

    Cell stripe(Object key) {
        overflows.increment();
        int index = stripeOf(key);
        Cell stripe = stripes.get(index);
        if (stripe != null) {
            return stripe;
        }
        Cell made = new Cell(limits().configuration(), now());
        Cell other = stripes.compareAndExchange(index, null, made);
        return other == null ? made : other;
    }

    int stripeOf(Object key) {
        return (int) (hash.hash(key.toString().getBytes(StandardCharsets.UTF_8)) & (STRIPES - 1));
    }

    /** Whether somebody may be in debt, of those that were announced. */
    boolean indebted() {
        return indebtedUntil.get() != 0;
    }

    void indebtedFor(Duration wait) {
        indebtedUntil.accumulateAndGet(now() + wait.toNanos(), Math::max);
    }

    ReentrantLock announcing() {
        return announcing;
    }

    /** The longest debt that is left of those that were announced; zero if there is none. */
    void indebtedOnlyFor(Duration wait) {
        indebtedUntil.set(wait.isZero() ? 0 : now() + wait.toNanos());
    }

    /** Whose entries there are now; one that is made meanwhile may be missing. */
    Iterable<Object> keys() {
        return entries.asMap().keySet();
    }

    /** Whether all announced debts are paid off; if so, {@link #indebted} says so from now on. */
    boolean settled() {
        long until = indebtedUntil.get();
        return until == 0 || (now() >= until && indebtedUntil.compareAndSet(until, 0));
    }

    /** How often a stripe was charged for want of room. */
    long overflows() {
        return overflows.sum();
    }

    long size() {
        return entries.estimatedSize();
    }

    /** Whether nothing is remembered of anybody, so that a new table would decide the same. */
    boolean isFull() {
        entries.cleanUp();
        if (entries.estimatedSize() > 0) {
            return false;
        }
        long now = now();
        for (int index = 0; index < STRIPES; index++) {
            Cell stripe = stripes.get(index);
            if (stripe != null && !isFull(stripe, now)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a bucket remembers nothing. */
    boolean isFull(Cell cell, long now) {
        return CompiledLimits.nanosToFull(cell.look(limits().configuration(), now), now) == 0;
    }

    boolean hasRoom() {
        if (entries.estimatedSize() < maxKeys) {
            return true;
        }
        long now = now();
        long last = lastSweep.get();
        if (now - last >= SWEEP && lastSweep.compareAndSet(last, now)) {
            entries.cleanUp();
        }
        return entries.estimatedSize() < maxKeys;
    }

    /** The limits of one version and how long after its last use an entry may still have something to remember. */
    private record Version(CompiledLimits limits, long number, long keep) {
        private Version(CompiledLimits limits, long number) {
            this(limits, number, Math.min(LONGEST, limits.nanosToFull()) + SLACK);
        }
    }

    /** A key's own bucket, and whether its stripe may still remember something about the key. */
    static final class Entry extends Cell {
        private static final AtomicLongFieldUpdater<Entry> FULL_AT =
                AtomicLongFieldUpdater.newUpdater(Entry.class, "fullAt");

        final Object key;
        final int stripe;
        volatile boolean bound = true;
        private volatile long fullAt;

        private Entry(CompiledLimits limits, long now, Object key, int stripe) {
            super(limits.configuration(), now);
            this.key = key;
            this.stripe = stripe;
        }

        /** Keeps the entry until its debt is paid off, or for a century. */
        void owes(long now, long nanosToFull) {
            FULL_AT.accumulateAndGet(this, now + Math.min(LONGEST, nanosToFull), Math::max);
        }
    }

    /** Keeps an entry until its bucket is full for certain; the bucket's state itself need not be read. */
    private final class UntilFull implements Expiry<Object, Entry> {
        @Override
        public long expireAfterCreate(Object key, Entry entry, long now) {
            return keep();
        }

        @Override
        public long expireAfterUpdate(Object key, Entry entry, long now, long duration) {
            return duration;
        }

        @Override
        public long expireAfterRead(Object key, Entry entry, long now, long duration) {
            long owed = entry.fullAt;
            return owed == 0 ? keep() : Math.max(keep(), owed - now + SLACK);
        }

        private long keep() {
            return newest.keep;
        }
    }
}
