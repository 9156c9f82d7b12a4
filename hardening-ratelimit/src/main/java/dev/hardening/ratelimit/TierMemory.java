package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Carries what a caller has used from one tier into the next.
 *
 * <p>Each tier has buckets of its own, so that versions of limits never meet in one bucket. Alone that would give a
 * caller both allowances, and again with each change. So the first request in another tier, and the first that this
 * process sees at all, looks at the buckets of the other tiers: the new one may hold at most its capacity less what is
 * used in any of them. Upwards that leaves the difference at once, downwards it cuts; nothing is ever added, so doing it
 * once too often changes nothing. Requests of the same caller that come meanwhile wait for it.
 *
 * <p>What a fallback or a stripe says is not about this caller's buckets: then nothing is cut, and the next request
 * settles.
 */
final class TierMemory {
    private static final int MOST_KEYS = 50_000;
    private static final CompletableFuture<Boolean> SETTLED = CompletableFuture.completedFuture(true);
    private static final TierMemory NONE = new TierMemory(null);

    private final @Nullable Cache<Object, Standing> last;

    private TierMemory(@Nullable Cache<Object, Standing> last) {
        this.last = last;
    }

    static TierMemory of(int tiers) {
        return tiers == 0
                ? NONE
                : new TierMemory(Caffeine.newBuilder()
                        .maximumSize(MOST_KEYS)
                        .executor(Runnable::run)
                        .build());
    }

    /** Settles with the other tiers if the caller was not in this one before; fails with what a store says. */
    CompletableFuture<Boolean> enter(Object found, List<Unit> units, List<List<Unit>> all) {
        Cache<Object, Standing> known = last;
        if (known == null) {
            return SETTLED;
        }
        Standing seen = known.getIfPresent(found);
        if (seen != null && seen.isIn(units)) {
            return seen.settled;
        }
        Standing mine = new Standing(units, new CompletableFuture<>());
        Standing now =
                known.asMap().compute(found, (key, before) -> before != null && before.isIn(units) ? before : mine);
        if (!mine.equals(now)) {
            return now.settled;
        }
        return settle(found, units, all).whenComplete((sure, failure) -> {
            if (failure != null || !sure) {
                known.asMap().remove(found, mine);
            }
            if (failure == null) {
                mine.settled.complete(sure);
            } else {
                mine.settled.completeExceptionally(failure);
            }
        });
    }

    private static CompletableFuture<Boolean> settle(Object found, List<Unit> units, List<List<Unit>> all) {
        List<Unit> others = new ArrayList<>();
        all.stream().filter(other -> !other.equals(units)).forEach(others::addAll);
        return Stages.all(others, unit -> unit.peekAsync(unit.key(found), 1)).thenCompose(takes -> {
            if (!takes.stream().allMatch(TierMemory::isOwn)) {
                return CompletableFuture.completedFuture(false);
            }
            Map<String, Long> used = new HashMap<>();
            for (int index = 0; index < takes.size(); index++) {
                addUsed(others.get(index), takes.get(index), used);
            }
            boolean nothing = used.values().stream().allMatch(tokens -> tokens <= 0);
            return nothing ? SETTLED : cut(found, units, used);
        });
    }

    private static CompletableFuture<Boolean> cut(Object found, List<Unit> units, Map<String, Long> used) {
        return Stages.all(units, unit -> unit.peekAsync(unit.key(found), 1)).thenCompose(takes -> {
            if (!takes.stream().allMatch(TierMemory::isOwn)) {
                return CompletableFuture.completedFuture(false);
            }
            List<Debt> debts = new ArrayList<>();
            for (int index = 0; index < takes.size(); index++) {
                long tooMany = tooMany(units.get(index), takes.get(index), used);
                if (tooMany > 0) {
                    debts.add(new Debt(units.get(index), tooMany));
                }
            }
            return Stages.all(debts, debt -> debt.unit.debitAsync(debt.unit.key(found), debt.tokens))
                    .thenApply(done -> true);
        });
    }

    private static void addUsed(Unit unit, Take take, Map<String, Long> used) {
        List<Level> levels = take.levels();
        for (int index = 0; index < levels.size(); index++) {
            Limit limit = unit.limits().get(index);
            used.merge(limit.id(), limit.capacity() - levels.get(index).available(), Math::max);
        }
    }

    private static long tooMany(Unit unit, Take take, Map<String, Long> used) {
        List<Level> levels = take.levels();
        long tooMany = 0;
        for (int index = 0; index < levels.size(); index++) {
            Limit limit = unit.limits().get(index);
            long left = Math.max(0, limit.capacity() - used.getOrDefault(limit.id(), 0L));
            tooMany = Math.max(tooMany, levels.get(index).available() - left);
        }
        return tooMany;
    }

    private static boolean isOwn(Take take) {
        return take.source() != Source.FALLBACK && take.source() != Source.OVERFLOW;
    }

    private record Debt(Unit unit, long tokens) {}

    /** The tier that a caller was last seen in, and whether what he used in others is carried over yet. */
    private static final class Standing {
        private final List<Unit> units;
        private final CompletableFuture<Boolean> settled;

        private Standing(List<Unit> units, CompletableFuture<Boolean> settled) {
            this.units = units;
            this.settled = settled;
        }

        private boolean isIn(List<Unit> others) {
            return units.equals(others);
        }
    }
}
