package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Blocks in a shared store, seen by every process within two seconds.
 *
 * <p>Asking for each caller whether he is blocked would double the calls to the store for the sake of the few who are.
 * So a marker beside the keys is in debt for as long as anybody is blocked, and each process looks at it once a second,
 * by way of whichever request comes by. Only while it is in debt are the callers' own keys asked for, each at most once
 * a second. A question that fails changes nothing: a block that is known stays to its end, and none is made up.
 */
final class SharedBlocks implements Blocks {
    /** No key's text, since those name their dimension. */
    static final String MARKER = "*";

    private static final int MOST_KEYS = 10_000;

    private final Supplier<Space> opening;
    private final LongSupplier ticker;
    private final Consumer<RuntimeException> failures;
    private final Cache<String, Known> keys;
    private final AtomicLong nextLook;
    private final ReentrantLock blocking = new ReentrantLock();
    private volatile @Nullable Space opened;
    private volatile Known somebody;
    private volatile boolean silent;

    /** The space is opened by the first request; {@code failures} hears what a question of a request failed of. */
    SharedBlocks(Supplier<Space> opening, LongSupplier ticker, Consumer<RuntimeException> failures) {
        this.opening = opening;
        this.ticker = ticker;
        this.failures = failures;
        // Who is not blocked may be forgotten to make room, who is may not: there are no more of those than were
        // blocked.
        this.keys = Caffeine.newBuilder()
                .maximumWeight(MOST_KEYS)
                .weigher((String key, Known known) -> known.blocked() ? 0 : 1)
                .ticker(ticker::getAsLong)
                .expireAfter(new UntilItsEnd())
                .executor(Runnable::run)
                .build();
        long now = ticker.getAsLong();
        this.nextLook = new AtomicLong(now);
        this.somebody = Known.nothing(now);
    }

    @Override
    public boolean quiet() {
        long now = ticker.getAsLong();
        return now - nextLook.get() < 0 && !somebody.blocks(now);
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public boolean silent() {
        return silent;
    }

    @Override
    public Duration known(Object key) {
        long now = ticker.getAsLong();
        Known known = somebody.blocks(now) ? keys.getIfPresent((String) key) : null;
        return known == null ? Duration.ZERO : known.left(now);
    }

    @Override
    public CompletableFuture<Duration> left(Object key, Asking asking) {
        String name = (String) key;
        long now = ticker.getAsLong();
        long next = nextLook.get();
        boolean due = now - next >= 0 && nextLook.compareAndSet(next, now + FRESH.toNanos());
        if (!due) {
            return ofKey(name, asking);
        }
        return ask(MARKER, somebody, asking).thenCompose(known -> {
            somebody = known;
            return ofKey(name, asking);
        });
    }

    @Override
    public Duration asked(Object key) {
        return space().peek((String) key, 1).retryAfter();
    }

    private CompletableFuture<Duration> ofKey(String key, Asking asking) {
        long now = ticker.getAsLong();
        if (!somebody.blocks(now)) {
            return CompletableFuture.completedFuture(Duration.ZERO);
        }
        Known known = keys.getIfPresent(key);
        if (known != null && (known.fresh(now) || !keys.asMap().replace(key, known, known.kept(now)))) {
            return CompletableFuture.completedFuture(known.left(now));
        }
        return ask(key, known == null ? Known.nothing(now) : known, asking).thenApply(answer -> {
            keys.put(key, answer);
            return answer.left(ticker.getAsLong());
        });
    }

    private CompletableFuture<Known> ask(String key, Known before, Asking asking) {
        return Stages.asked(() -> asking.peek(space(), key)).handle((take, failure) -> {
            long now = ticker.getAsLong();
            silent = failure != null;
            if (failure == null) {
                return Known.of(take, now);
            }
            failures.accept(Failures.cause(failure));
            return before.kept(now);
        });
    }

    /** The marker first: if what follows fails, it costs questions, and nobody is blocked unseen. */
    @Override
    public boolean block(Object key, Duration duration) {
        blocking.lock();
        try {
            extend(MARKER, duration);
            extend((String) key, duration);
        } finally {
            blocking.unlock();
        }
        long now = ticker.getAsLong();
        keys.invalidate((String) key);
        somebody = somebody.atLeast(duration, now);
        return true;
    }

    private void extend(String key, Duration duration) {
        long more = Blocks.tokens(duration.minus(space().peek(key, 1).retryAfter()));
        if (more > 0) {
            space().debit(key, more);
        }
    }

    @Override
    public void unblock(Object key) {
        space().reset((String) key);
        keys.invalidate((String) key);
    }

    private Space space() {
        Space known = opened;
        if (known == null) {
            known = opening.get();
            opened = known;
        }
        return known;
    }

    /** A block that is over is no longer of use; all others go for want of room alone. */
    private static final class UntilItsEnd implements Expiry<String, Known> {
        @Override
        public long expireAfterCreate(String key, Known known, long now) {
            return known.blocked() ? Math.max(0, known.until() - now) : Long.MAX_VALUE;
        }

        @Override
        public long expireAfterUpdate(String key, Known known, long now, long duration) {
            return expireAfterCreate(key, known, now);
        }

        @Override
        public long expireAfterRead(String key, Known known, long now, long duration) {
            return duration;
        }
    }

    /** What was known of a key at some time, both ends by this process's ticker. */
    private record Known(boolean blocked, long until, long asked) {
        static Known nothing(long now) {
            return new Known(false, now, now);
        }

        /** Counted from when the answer was there: waiting the time that is named must be enough. */
        static Known of(Take take, long now) {
            return new Known(!take.granted(), now + take.retryAfter().toNanos(), now);
        }

        Known kept(long now) {
            return new Known(blocked, until, now);
        }

        Known atLeast(Duration duration, long now) {
            long end = now + duration.toNanos();
            return blocks(now) && until - end > 0 ? this : new Known(true, end, now);
        }

        boolean fresh(long now) {
            return now - asked < FRESH.toNanos();
        }

        boolean blocks(long now) {
            return blocked && until - now > 0;
        }

        Duration left(long now) {
            return blocks(now) ? Duration.ofNanos(until - now) : Duration.ZERO;
        }
    }
}
