package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.hardening.ratelimit.BucketStore.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/** The tokens that this process holds in advance, for each key of one policy; bounded, and idle ones are put aside. */
final class Leases {
    private final Cache<String, Holder> holders;
    private final BlockingQueue<Rest> idle;

    Leases(LeaseSpec spec) {
        this.idle = new LinkedBlockingQueue<>(spec.maxKeys());
        this.holders = Caffeine.newBuilder()
                .maximumSize(spec.maxKeys())
                .expireAfterAccess(spec.life())
                .ticker(spec.ticker()::getAsLong)
                .executor(Runnable::run)
                .removalListener(this::removed)
                .build();
    }

    Holder of(String key) {
        return holders.get(key, Holder::new);
    }

    @Nullable
    Holder present(String key) {
        return holders.getIfPresent(key);
    }

    boolean holds(Holder holder) {
        return holders.getIfPresent(holder.key) == holder;
    }

    /** What a key that is idle had left, or null; to be credited by the caller. */
    @Nullable
    Rest idle() {
        return idle.poll();
    }

    /** Everything that is left, nobody holding it any more. */
    List<Rest> all() {
        holders.invalidateAll();
        holders.cleanUp();
        List<Rest> all = new ArrayList<>();
        idle.drainTo(all);
        return all;
    }

    /** In Caffeine's hands, so no I/O here; if there is no room, the tokens stay spent. */
    private void removed(@Nullable String key, @Nullable Holder holder, RemovalCause cause) {
        if (holder != null) {
            putAside(new Rest(holder.key, holder.lease.claim()));
        }
    }

    /** To be given back with a later call; if there is no room, the tokens stay spent. */
    void putAside(Rest rest) {
        if (rest.tokens > 0) {
            idle.offer(rest);
        }
    }

    /** Tokens of a key that were bought and not spent. */
    record Rest(String key, long tokens) {}

    /** One key: its lease, whether somebody is buying the next one, and since when there is no sense in buying. */
    static final class Holder {
        private static final AtomicReferenceFieldUpdater<Holder, Lease> LEASE =
                AtomicReferenceFieldUpdater.newUpdater(Holder.class, Lease.class, "lease");

        final String key;
        final AtomicBoolean buying = new AtomicBoolean();
        volatile Lease lease = Lease.none();
        private volatile Lease pause = Lease.none();
        private final AtomicInteger forfeits = new AtomicInteger();

        private Holder(String key) {
            this.key = key;
        }

        /** The store had nothing to sell in advance; it is not tried again for a while. */
        void pause(long now, long length) {
            pause = new Lease(now, length, 0, List.of());
        }

        /** Puts a lease in the place of the one that was there when it was bought; not if that was ended meanwhile. */
        void replace(Lease before, Lease bought) {
            LEASE.compareAndSet(this, before, bought);
        }

        /** Ends the lease, also one that is being bought; what was left. */
        long end() {
            return LEASE.getAndSet(this, Lease.none()).claim();
        }

        /** Ends the lease, and nothing that was left of it or bought for it until now goes back to the store. */
        void forfeit() {
            forfeits.incrementAndGet();
            end();
        }

        int forfeits() {
            return forfeits.get();
        }

        /** Whether the caller is the one who may buy now. */
        boolean mayBuy(long now) {
            return !pause.lives(now) && buying.compareAndSet(false, true);
        }
    }

    /** Tokens bought at once, for as long as they live. */
    static final class Lease {
        /** What is left of a lease that is being replaced: nothing, and nothing comes back to it. */
        private static final long CLOSED = -1;

        private final long bought;
        private final long life;
        private final List<Level> levels;
        private final AtomicLong left;

        Lease(long bought, long life, long tokens, List<Level> levels) {
            this.bought = bought;
            this.life = life;
            this.levels = levels;
            this.left = new AtomicLong(tokens);
        }

        /** No lease; each is another, so that it can be seen that one was put in the place of the other. */
        static Lease none() {
            return new Lease(0, 0, 0, List.of());
        }

        boolean lives(long now) {
            return life > 0 && now - bought < life;
        }

        /** Takes tokens; how many are left then, or -1 if there were not enough. */
        long take(long tokens) {
            while (true) {
                long before = left.get();
                if (before < tokens) {
                    return -1;
                }
                if (left.compareAndSet(before, before - tokens)) {
                    return before - tokens;
                }
            }
        }

        /** Puts tokens back unless that would be more than {@code most}, or the lease is being replaced. */
        boolean put(long cost, long most) {
            while (true) {
                long before = left.get();
                if (before == CLOSED || before + cost > most) {
                    return false;
                }
                if (left.compareAndSet(before, before + cost)) {
                    return true;
                }
            }
        }

        /** Takes all that is left. */
        long claim() {
            return left.get() <= 0 ? 0 : Math.max(0, left.getAndUpdate(before -> Math.min(before, 0)));
        }

        /** Takes all that is left, for the lease that comes after this one. */
        long close() {
            return life == 0 ? 0 : Math.max(0, left.getAndSet(CLOSED));
        }

        /** There is none after it: puts back what {@link #close} took. */
        void reopen(long tokens) {
            left.compareAndSet(CLOSED, tokens);
        }

        long left() {
            return Math.max(0, left.get());
        }

        long age(long now) {
            return now - bought;
        }

        /** How the store stood when the tokens were bought. */
        List<Level> levels() {
            return levels;
        }
    }
}
