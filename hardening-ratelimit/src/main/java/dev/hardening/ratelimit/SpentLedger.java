package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what each key of one policy has spent from the fallback and still owes to the shared store.
 *
 * <p>Bounded, and nothing is forgotten to make room. An account is dropped by time alone: when the shared bucket would
 * be full again anyway. While there is no room, what a new key spends is noted on one of a fixed number of stripes,
 * picked by a keyed hash. Nobody can tell any more which key of a stripe it was, so each of them that has no account of
 * its own pays the whole stripe, once: too much for most, too little for none. That it has paid is remembered by an
 * empty account; a key for which there is no room even for that stays with the fallback ({@link #strands}).
 *
 * <p>A sum is handed out to exactly one caller, who debits it and brings it back if that fails. A debit hits all limits
 * of a bucket alike, and a burst limit must not be in debt for minutes for what a daily limit is owed; so a debt is paid
 * in portions of what the fastest limit holds, no faster than at half its pace.
 */
final class SpentLedger {
    private static final int LOOKED_AT = 16;
    private static final long SWEEP = Duration.ofMillis(100).toNanos();

    private final int maxKeys;
    private final LongSupplier ticker;
    private final Cache<String, Account> accounts;
    private final SpentStripes stripes = new SpentStripes();
    private final AtomicLong lastSweep;
    private final AtomicBoolean turning = new AtomicBoolean();
    private @Nullable Iterator<String> cursor;

    SpentLedger(int maxKeys, LongSupplier ticker) {
        this.maxKeys = maxKeys;
        this.ticker = ticker;
        this.lastSweep = new AtomicLong(ticker.getAsLong() - SWEEP);
        this.accounts = Caffeine.newBuilder()
                .ticker(ticker::getAsLong)
                .executor(Runnable::run)
                .expireAfter(new UntilFull())
                .build();
    }

    /** Notes what was spent; whether that can be taken back with {@link #forgive}. */
    boolean spend(String key, long tokens, Terms terms) {
        long now = ticker.getAsLong();
        boolean room = hasRoom(now);
        Account account = accounts.asMap().compute(key, (same, known) -> {
            return known == null && !room
                    ? null
                    : opened(same, known, now, terms).changed(tokens);
        });
        if (account == null) {
            stripes.add(key, tokens, now, terms.keep());
        }
        return account != null;
    }

    /** Takes back what was noted; what has been claimed since then stays claimed. */
    void forgive(String key, long tokens) {
        accounts.asMap().computeIfPresent(key, (same, known) -> known.changed(-tokens));
    }

    /** Forgets what a key owes, its share in a stripe included. */
    void clear(String key, Terms terms) {
        long now = ticker.getAsLong();
        boolean room = hasRoom(now);
        accounts.asMap().compute(key, (same, known) -> {
            boolean paid = stripes.of(same, now) > 0 && (known != null || room);
            return paid ? new Account(0, terms.keep(), now) : null;
        });
    }

    /** What the caller must debit for a key now, 0 if nothing; what could not be debited comes back by {@link #keep}. */
    long claim(String key, Terms terms) {
        long now = ticker.getAsLong();
        if (isEmpty(now)) {
            return 0;
        }
        boolean room = hasRoom(now);
        long[] claimed = new long[1];
        accounts.asMap().compute(key, (same, known) -> {
            if (known == null && (!room || stripes.of(same, now) == 0)) {
                return null;
            }
            Account account = opened(same, known, now, terms);
            claimed[0] = account.due(now, terms);
            Account rest = claimed[0] == 0 ? account : account.paid(claimed[0], now, terms);
            return rest.owed() == 0 && !stripes.any(now) ? null : rest;
        });
        return claimed[0];
    }

    /** Takes back a sum that could not be debited, room or none; it is due at once. */
    void keep(String key, long tokens, Terms terms) {
        long now = ticker.getAsLong();
        accounts.asMap().compute(key, (same, known) -> {
            return new Account(tokens + (known == null ? 0 : known.owed()), terms.keep(), now);
        });
    }

    /** Whether a key may have spent what can neither be told from others' nor be noted as paid. */
    boolean strands(String key) {
        long now = ticker.getAsLong();
        return stripes.any(now) && stripes.of(key, now) > 0 && accounts.getIfPresent(key) == null && !hasRoom(now);
    }

    /** Some key that owes something now, or null; a few accounts are looked at, by one thread at a time. */
    @Nullable
    String debtor() {
        if (accounts.estimatedSize() == 0 || !turning.compareAndSet(false, true)) {
            return null;
        }
        try {
            return nextDebtor(ticker.getAsLong());
        } finally {
            turning.set(false);
        }
    }

    /** Whether nobody owes anything. */
    boolean isClear() {
        accounts.cleanUp();
        return isEmpty(ticker.getAsLong());
    }

    long size() {
        return accounts.estimatedSize();
    }

    private @Nullable String nextDebtor(long now) {
        Iterator<String> keys = cursor;
        for (int looked = 0; looked < LOOKED_AT; looked++) {
            if (keys == null || !keys.hasNext()) {
                keys = accounts.asMap().keySet().iterator();
                cursor = keys;
                if (!keys.hasNext()) {
                    return null;
                }
            }
            String key = keys.next();
            Account account = accounts.getIfPresent(key);
            if (account != null && account.owed() > 0 && now - account.next() >= 0) {
                return key;
            }
        }
        return null;
    }

    private Account opened(String key, @Nullable Account known, long now, Terms terms) {
        return known == null ? new Account(stripes.of(key, now), terms.keep(), now) : known;
    }

    private boolean isEmpty(long now) {
        return accounts.estimatedSize() == 0 && !stripes.any(now);
    }

    private boolean hasRoom(long now) {
        if (accounts.estimatedSize() < maxKeys) {
            return true;
        }
        long last = lastSweep.get();
        if (now - last >= SWEEP && lastSweep.compareAndSet(last, now)) {
            accounts.cleanUp();
        }
        return accounts.estimatedSize() < maxKeys;
    }

    /**
     * How debts of one policy are paid.
     *
     * @param most no debt is larger: the largest capacity
     * @param portion what is paid at once
     * @param pause the time between two portions
     * @param keep the time after which an untouched bucket is full, so that there is nothing left to owe
     */
    record Terms(long most, long portion, long pause, long keep) {
        /** 36 years; with what is longer, sums of times would overflow. */
        private static final long LONGEST = Long.MAX_VALUE / 8;

        static Terms of(List<Limit> limits) {
            Limit fastest =
                    limits.stream().min(Comparator.comparing(Limit::timeToFull)).orElseThrow();
            long most = limits.stream().mapToLong(Limit::capacity).max().orElseThrow();
            long pause = fastest.capacity() == most ? 0 : 2 * full(fastest);
            long full = limits.stream().mapToLong(Terms::full).max().orElseThrow();
            return new Terms(most, fastest.capacity(), pause, Math.max(full, 2 * pause));
        }

        private static long full(Limit limit) {
            return Math.min(LONGEST, Rate.saturated(limit.timeToFull()));
        }
    }

    /** What a key owes, how long that is kept, and when the next portion is due. */
    private record Account(long owed, long keep, long next) {
        Account changed(long tokens) {
            return new Account(Math.max(0, owed + tokens), keep, next);
        }

        long due(long now, Terms terms) {
            return now - next < 0 ? 0 : Math.min(Math.min(owed, terms.most()), terms.portion());
        }

        Account paid(long tokens, long now, Terms terms) {
            long rest = Math.min(owed, terms.most()) - tokens;
            return new Account(rest, terms.keep(), rest == 0 ? now : now + terms.pause());
        }
    }

    private static final class UntilFull implements Expiry<String, Account> {
        @Override
        public long expireAfterCreate(String key, Account account, long now) {
            return account.keep();
        }

        @Override
        public long expireAfterUpdate(String key, Account account, long now, long duration) {
            return account.keep();
        }

        @Override
        public long expireAfterRead(String key, Account account, long now, long duration) {
            return duration;
        }
    }
}
