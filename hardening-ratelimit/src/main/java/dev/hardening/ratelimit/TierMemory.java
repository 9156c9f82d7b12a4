package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hardening.ratelimit.BucketStore.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries what a caller has used from one tier into the next.
 *
 * <p>Each tier has buckets of its own, so that versions of limits never meet in one bucket. Alone that would give a
 * caller both allowances, and again with each change. So the first request in another tier, and the first that this
 * process sees at all, looks at the buckets of the other tiers: the new one may hold at most its capacity less what is
 * used in any of them. Upwards that leaves the difference at once, downwards it cuts; nothing is ever added, so doing it
 * once too often changes nothing.
 */
final class TierMemory {
    private static final int MOST_KEYS = 50_000;
    private static final TierMemory NONE = new TierMemory(null);

    private final @Nullable Cache<Object, List<Unit>> last;

    private TierMemory(@Nullable Cache<Object, List<Unit>> last) {
        this.last = last;
    }

    static TierMemory of(int tiers) {
        return tiers == 0
                ? NONE
                : new TierMemory(Caffeine.newBuilder().maximumSize(MOST_KEYS).build());
    }

    /** Settles with the other tiers if the caller was not in this one before. */
    void enter(Object found, List<Unit> units, List<List<Unit>> all) {
        Cache<Object, List<Unit>> known = last;
        if (known == null || known.getIfPresent(found) == units) {
            return;
        }
        // Whoever replaces the value settles; what others take meanwhile is owed afterwards.
        if (known.asMap().put(found, units) == units) {
            return;
        }
        try {
            settle(found, units, all);
        } catch (RuntimeException failure) {
            known.invalidate(found);
            throw failure;
        }
    }

    private static void settle(Object found, List<Unit> units, List<List<Unit>> all) {
        Map<String, Long> used = new HashMap<>();
        for (List<Unit> other : all) {
            if (other != units) {
                other.forEach(unit -> addUsed(unit, found, used));
            }
        }
        if (used.values().stream().anyMatch(tokens -> tokens > 0)) {
            units.forEach(unit -> cut(unit, found, used));
        }
    }

    private static void addUsed(Unit unit, Object found, Map<String, Long> used) {
        List<Level> levels = unit.peek(unit.key(found), 1).levels();
        for (int index = 0; index < levels.size(); index++) {
            Limit limit = unit.limits().get(index);
            used.merge(limit.id(), limit.capacity() - levels.get(index).available(), Math::max);
        }
    }

    private static void cut(Unit unit, Object found, Map<String, Long> used) {
        Object key = unit.key(found);
        List<Level> levels = unit.peek(key, 1).levels();
        long tooMany = 0;
        for (int index = 0; index < levels.size(); index++) {
            Limit limit = unit.limits().get(index);
            long left = Math.max(0, limit.capacity() - used.getOrDefault(limit.id(), 0L));
            tooMany = Math.max(tooMany, levels.get(index).available() - left);
        }
        if (tooMany > 0) {
            unit.debit(key, tooMany);
        }
    }
}
