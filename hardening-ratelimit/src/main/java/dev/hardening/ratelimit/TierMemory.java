package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries what a caller has used from one tier into the next.
 *
 * <p>Each tier has buckets of its own, so that versions of limits never meet in one bucket. Alone that would give a
 * caller both allowances, and again with each change. So the first request in another tier, and the first that this
 * process sees at all, looks at the buckets of the other tiers: the new one may hold at most its capacity less what is
 * used in any of them. Upwards that leaves the difference at once, downwards it cuts; nothing is ever added, so doing it
 * once too often changes nothing. Requests of the same caller that come meanwhile wait for it. Where other processes
 * reach the buckets, one of them may know the caller in another tier all the while: so it is done again and again.
 *
 * <p>What a fallback or a stripe says is not about this caller's buckets: then nothing is cut, and the next request
 * settles.
 */
final class TierMemory {
    private static final int MOST_KEYS = 50_000;
    private static final long AGAIN = Turns.AGAIN.toNanos();
    /** How long a request waits for the settling of another; longer than a store that is worth waiting for. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final CompletableFuture<Boolean> SETTLED = CompletableFuture.completedFuture(true);
    private static final TierMemory NONE = new TierMemory(null, null, () -> 0);

    private final @Nullable Cache<Object, Standing> last;
    private final @Nullable Turns turns;
    private final LongSupplier ticker;

    private TierMemory(@Nullable Cache<Object, Standing> last, @Nullable Turns turns, LongSupplier ticker) {
        this.last = last;
        this.turns = turns;
        this.ticker = ticker;
    }

    static TierMemory none() {
        return NONE;
    }

    /** {@code turns}: where other processes reach the buckets; {@code ticker}: elapsed nanoseconds. */
    static TierMemory of(@Nullable Turns turns, LongSupplier ticker) {
        Cache<Object, Standing> last = Caffeine.newBuilder()
                .maximumSize(MOST_KEYS)
                .executor(Runnable::run)
                .build();
        return new TierMemory(last, turns, ticker);
    }

    /** Settles with the other tiers if the caller was not in this one just before; fails with what a store says. */
    CompletableFuture<Boolean> enter(Object found, List<Unit> units, List<List<Unit>> all, Asking asking) {
        Cache<Object, Standing> known = last;
        if (known == null) {
            return SETTLED;
        }
        Standing seen = known.getIfPresent(found);
        if (seen != null && holds(seen, units)) {
            return asking.await(seen.settled, PATIENCE);
        }
        Standing mine = new Standing(units, ticker.getAsLong(), new CompletableFuture<>());
        Standing now =
                known.asMap().compute(found, (key, before) -> before != null && holds(before, units) ? before : mine);
        if (!mine.equals(now)) {
            return asking.await(now.settled, PATIENCE);
        }
        // Whatever comes of it, those who wait for it must hear.
        return Stages.asked(() -> settle(found, units, all, asking)).whenComplete((sure, failure) -> {
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

    private boolean holds(Standing standing, List<Unit> units) {
        return standing.units.equals(units) && !(turns != null && ticker.getAsLong() - standing.since >= AGAIN);
    }

    /** In a shared store one process at a time: each would debit what all of them see. */
    private CompletableFuture<Boolean> settle(Object found, List<Unit> units, List<List<Unit>> all, Asking asking) {
        Turns queue = turns;
        if (queue == null) {
            return look(found, units, all, asking);
        }
        return asking.take(queue.space(), queue.key(found)).thenCompose(turn -> {
            if (!isOwn(turn)) {
                return CompletableFuture.completedFuture(false);
            }
            // Who got no turn goes on and comes again.
            return turn.granted()
                    ? inTurn(turn, () -> look(found, units, all, asking), asking)
                    : CompletableFuture.completedFuture(false);
        });
    }

    /** A turn that is not given back comes back by itself. */
    private static CompletableFuture<Boolean> inTurn(
            Take turn, Supplier<CompletableFuture<Boolean>> work, Asking asking) {
        CompletableFuture<Boolean> done = Stages.asked(work);
        return done.handle((sure, failure) -> true)
                .thenCompose(ended -> asking.undo(turn).handle((back, failure) -> true))
                .thenCompose(ended -> done);
    }

    private static CompletableFuture<Boolean> look(
            Object found, List<Unit> units, List<List<Unit>> all, Asking asking) {
        List<Unit> others = new ArrayList<>();
        all.stream().filter(other -> !other.equals(units)).forEach(others::addAll);
        return asking.all(others, unit -> asking.peek(unit, unit.key(found))).thenCompose(takes -> {
            if (!takes.stream().allMatch(TierMemory::isOwn)) {
                return CompletableFuture.completedFuture(false);
            }
            Map<String, Long> used = new HashMap<>();
            for (int index = 0; index < takes.size(); index++) {
                addUsed(others.get(index), takes.get(index), used);
            }
            boolean nothing = used.values().stream().allMatch(tokens -> tokens <= 0);
            return nothing ? SETTLED : cut(found, units, used, asking);
        });
    }

    private static CompletableFuture<Boolean> cut(
            Object found, List<Unit> units, Map<String, Long> used, Asking asking) {
        return asking.all(units, unit -> asking.peek(unit, unit.key(found))).thenCompose(takes -> {
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
            return asking.all(debts, debt -> asking.debit(debt.unit, debt.unit.key(found), debt.tokens))
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
        private final long since;
        private final CompletableFuture<Boolean> settled;

        private Standing(List<Unit> units, long since, CompletableFuture<Boolean> settled) {
            this.units = units;
            this.since = since;
            this.settled = settled;
        }
    }
}
