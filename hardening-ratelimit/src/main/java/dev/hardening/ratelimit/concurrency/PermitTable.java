package dev.hardening.ratelimit.concurrency;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Who is in flight under one limit.
 *
 * <p>A key is in the table while it holds something and no longer, so the table is never larger than what is in flight
 * and cannot be flooded. All that happens to a key happens inside one {@code compute} of the map, which locks that key
 * and no other; nothing of somebody else's runs in there. Nobody watches the time: what was held too long is looked for
 * when a key is full.
 */
final class PermitTable {
    private final PermitLimit limit;
    private final long maxHold;
    private final ConcurrentHashMap<String, Holders> keys = new ConcurrentHashMap<>();
    private final LongAdder inFlight = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder expired = new LongAdder();

    PermitTable(PermitLimit limit) {
        this.limit = limit;
        maxHold = limit.maxHold().toNanos();
    }

    PermitLimit limit() {
        return limit;
    }

    long inFlight() {
        return inFlight.sum();
    }

    long refused() {
        return refused.sum();
    }

    long expired() {
        return expired.sum();
    }

    int size() {
        return keys.size();
    }

    /** Takes a place, or gives null if there is none; {@code gone} gets what was taken back for it. */
    @Nullable
    Lease take(String key, long now, List<Lease> gone) {
        Lease lease = new Lease(key, now);
        keys.compute(key, (same, present) -> {
            Holders holders = present == null ? new Holders() : present;
            if (holders.count() == limit.most()) {
                expire(holders, now, gone, Integer.MAX_VALUE);
            }
            if (holders.count() < limit.most()) {
                holders.add(lease);
                inFlight.increment();
            }
            return holders;
        });
        if (lease.state == Lease.State.NEW) {
            refused.increment();
            return null;
        }
        return lease;
    }

    /** Gives a place back; does nothing if it has gone already. */
    void release(Lease lease) {
        keys.computeIfPresent(lease.key, (same, holders) -> {
            if (holders.remove(lease)) {
                inFlight.decrement();
            }
            return orNone(holders);
        });
    }

    /** Takes back what was held too long, until {@code gone} holds {@code most}. */
    void purge(long now, List<Lease> gone, int most) {
        for (String key : keys.keySet()) {
            if (gone.size() >= most) {
                return;
            }
            keys.computeIfPresent(key, (same, holders) -> {
                expire(holders, now, gone, most);
                return orNone(holders);
            });
        }
    }

    private void expire(Holders holders, long now, List<Lease> gone, int most) {
        Lease oldest = holders.oldest();
        while (oldest != null && now - oldest.since >= maxHold && gone.size() < most) {
            holders.remove(oldest);
            inFlight.decrement();
            expired.increment();
            gone.add(oldest);
            oldest = holders.oldest();
        }
    }

    private static @Nullable Holders orNone(Holders holders) {
        return holders.count() == 0 ? null : holders;
    }
}
