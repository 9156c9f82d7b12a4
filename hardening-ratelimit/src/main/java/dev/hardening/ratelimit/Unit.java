package dev.hardening.ratelimit;

import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.Limit.Refill;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Limits of a policy that share one bucket per key, and where the buckets are. */
record Unit(
        Policy policy,
        List<Limit> limits,
        long smallest,
        BucketStore store,
        BucketStore.Space space,
        @Nullable LocalSpace local) {
    static final String LIMIT = ".limit-";
    static final String CALENDAR = ".calendar-";

    private static Unit of(Policy policy, List<Limit> limits, BucketStore store, BucketStore.Space space) {
        long smallest = limits.stream().mapToLong(Limit::capacity).min().orElse(0);
        return new Unit(policy, limits, smallest, store, space, space instanceof LocalSpace heap ? heap : null);
    }

    /**
     * Opens the buckets of some limits: one for all that come back by time, one for each quota of the calendar. With
     * tiers it is one for each limit, since what was used of one limit in another tier is no debt of the others.
     */
    static List<Unit> open(Policy policy, SpaceSpec whole, BucketStore store, Clock clock) {
        List<Unit> units = new ArrayList<>();
        List<Limit> together = whole.limits().stream()
                .filter(limit -> !(limit.style() instanceof Refill.Calendar))
                .toList();
        if (policy.tiers().isEmpty() || together.size() == 1) {
            units.addAll(open(policy, whole, whole.name(), together, store));
        } else {
            for (Limit limit : together) {
                units.addAll(open(policy, whole, whole.name() + LIMIT + limit.id(), List.of(limit), store));
            }
        }
        for (Limit limit : whole.limits()) {
            if (limit.style() instanceof Refill.Calendar) {
                String name = whole.name() + CALENDAR + limit.id();
                List<Limit> stored = List.of(CalendarSpace.stored(limit));
                BucketStore.Space space = store.open(with(whole, name, stored));
                CalendarSpace.Times times = new CalendarSpace.Times(store, clock);
                units.add(of(policy, List.of(limit), store, new CalendarSpace(space, limit, times)));
            }
        }
        return units;
    }

    private static List<Unit> open(Policy policy, SpaceSpec whole, String name, List<Limit> limits, BucketStore store) {
        return limits.isEmpty() ? List.of() : List.of(of(policy, limits, store, store.open(with(whole, name, limits))));
    }

    private static SpaceSpec with(SpaceSpec whole, String name, List<Limit> limits) {
        return new SpaceSpec(name, limits, whole.version(), whole.onFailure());
    }

    /** Whether the buckets are out of this process, so that asking costs a round trip. */
    boolean shared() {
        boolean calendarInTheHeap = space instanceof CalendarSpace calendar && calendar.space() instanceof LocalSpace;
        return local == null && !calendarInTheHeap;
    }

    /** Whether asking keeps the thread; a space of somebody's own that fails to say so may do anything. */
    boolean blocking() {
        try {
            return space.blocking();
        } catch (RuntimeException unknown) {
            return true;
        }
    }

    /** The key as the methods below want it: as found for the heap, as text for a store that is elsewhere. */
    Object key(Object found) {
        return local == null ? policy.key().text(found) : found;
    }

    Take take(Object key, long cost) {
        LocalSpace heap = local;
        return heap == null ? space.take((String) key, cost) : heap.takeBy(key, cost);
    }

    CompletionStage<Take> takeAsync(Object key, long cost) {
        return space.takeAsync((String) key, cost);
    }

    Take peek(Object key, long cost) {
        LocalSpace heap = local;
        return heap == null ? space.peek((String) key, cost) : heap.peekBy(key, cost);
    }

    CompletionStage<Take> peekAsync(Object key, long cost) {
        LocalSpace heap = local;
        return heap == null
                ? space.peekAsync((String) key, cost)
                : CompletableFuture.completedStage(heap.peekBy(key, cost));
    }

    CompletionStage<?> debitAsync(Object key, long tokens) {
        LocalSpace heap = local;
        if (heap == null) {
            return space.debitAsync((String) key, tokens);
        }
        heap.debitBy(key, tokens);
        return CompletableFuture.completedStage(true);
    }

    long overflows() {
        LocalSpace heap = local;
        return heap == null ? 0 : heap.table().overflows();
    }

    Optional<Take> knownRefusal(Object key, long cost) {
        return local == null ? space.knownRefusal((String) key, cost) : Optional.empty();
    }

    /** As {@link #knownRefusal} at the policy's own price; a store that fails here is asked for the tokens next. */
    @Nullable
    Take remembered(Object key) {
        try {
            return knownRefusal(key, policy.cost()).orElse(null);
        } catch (RuntimeException failure) {
            return null;
        }
    }

    void debit(Object key, long tokens) {
        LocalSpace heap = local;
        if (heap == null) {
            space.debit((String) key, tokens);
        } else {
            heap.debitBy(key, tokens);
        }
    }

    void credit(Object key, long tokens) {
        LocalSpace heap = local;
        if (heap == null) {
            space.credit((String) key, tokens);
        } else {
            heap.creditBy(key, tokens);
        }
    }

    void reset(Object key) {
        LocalSpace heap = local;
        if (heap == null) {
            space.reset((String) key);
        } else {
            heap.resetBy(key);
        }
    }
}
