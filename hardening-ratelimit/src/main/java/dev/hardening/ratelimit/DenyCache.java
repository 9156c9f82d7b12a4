package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.hardening.ratelimit.BucketStore.Level;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Take;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Remembers for a short while what the shared store has refused, so that a flood of refused requests costs it nothing.
 *
 * <p>One for the buckets of one policy in one version; another version starts with an empty one, and what happens to a
 * key by way of one is heard by all. It can only refuse, and
 * only what the store itself has refused, for as long as that must still hold: no longer than the wait that the store
 * named, counted from before it was asked, and no longer than one second (five for waits over a minute), which is how
 * long a reset or refund by another process may go unnoticed. What this process itself gives back or takes away is
 * noticed at once: a refusal that was on its way meanwhile is not entered.
 *
 * <p>A key has one entry, of the smallest cost that was refused. It speaks for larger costs too, with a wait that is
 * rounded up. Losing an entry costs one question to the store.
 */
final class DenyCache {
    private static final long CAP = Duration.ofSeconds(1).toNanos();
    private static final long LONG_CAP = Duration.ofSeconds(5).toNanos();
    private static final Duration LONG_WAIT = Duration.ofMinutes(1);
    private static final int STAMPS = 256;

    private final List<Limit> limits;
    private final LongSupplier ticker;
    private final Cache<String, Denial> denials;
    private final AtomicIntegerArray stamps = new AtomicIntegerArray(STAMPS);
    private final Group group;

    DenyCache(List<Limit> limits, int maxKeys, LongSupplier ticker) {
        this(limits, maxKeys, ticker, new Group());
    }

    DenyCache(List<Limit> limits, int maxKeys, LongSupplier ticker, Group group) {
        this.limits = limits;
        this.group = group;
        this.ticker = ticker;
        this.denials = Caffeine.newBuilder()
                .maximumSize(maxKeys)
                .executor(Runnable::run)
                .build();
        group.join(this);
    }

    /** The refusal of these tokens if it is known, or null if the store has to be asked. */
    @Nullable
    Take lookup(String key, long tokens) {
        Denial denial = denials.getIfPresent(key);
        if (denial == null || tokens < denial.tokens()) {
            return null;
        }
        long now = ticker.getAsLong();
        return now - denial.until() < 0 ? new DeniedTake(limits, denial, tokens, now - denial.asked()) : null;
    }

    /** To be had before the store is asked, for {@link #note}. */
    Question question(String key) {
        return new Question(key, ticker.getAsLong(), stamps.get(stampOf(key)));
    }

    /** Enters what the store answered if it is a refusal of its own and still holds. */
    void note(Question question, long tokens, Take take) {
        if (take.granted() || take.source() != Source.SHARED) {
            return;
        }
        Duration wait = take.retryAfter();
        long cap = wait.compareTo(LONG_WAIT) > 0 ? LONG_CAP : CAP;
        long lasts = wait.compareTo(Duration.ofNanos(cap)) < 0 ? wait.toNanos() : cap;
        long until = question.asked() + lasts;
        Denial denial = new Denial(tokens, question.asked(), until, take.levels());
        int stamp = stampOf(question.key());
        if (stamps.get(stamp) != question.stamp()) {
            return;
        }
        denials.asMap().merge(question.key(), denial, DenyCache::broader);
        if (stamps.get(stamp) != question.stamp()) {
            denials.invalidate(question.key());
        }
    }

    /** Something other than a take has happened to a key. */
    void forget(String key) {
        group.forget(key);
    }

    private void forgetHere(String key) {
        stamps.incrementAndGet(stampOf(key));
        denials.invalidate(key);
    }

    /** A smaller cost than the refused one was granted, so the wait for that is longer now. */
    void outdate(String key) {
        if (denials.getIfPresent(key) != null) {
            denials.invalidate(key);
        }
    }

    /** The smaller cost, if what is known of it still holds by the time of the new one. */
    private static Denial broader(Denial known, Denial fresh) {
        boolean holds = fresh.asked() - known.until() < 0;
        return holds && known.tokens() < fresh.tokens() ? known : fresh;
    }

    private static int stampOf(String key) {
        int spread = key.hashCode() * 0x9E3779B9;
        return spread >>> (Integer.SIZE - 8);
    }

    /** The caches of one policy in this process: one for each version that is still in use. */
    static final class Group {
        private volatile List<WeakReference<DenyCache>> members = List.of();

        private synchronized void join(DenyCache cache) {
            members = Stream.concat(
                            members.stream().filter(member -> !member.refersTo(null)),
                            Stream.of(new WeakReference<>(cache)))
                    .toList();
        }

        private void forget(String key) {
            for (WeakReference<DenyCache> member : members) {
                DenyCache cache = member.get();
                if (cache != null) {
                    cache.forgetHere(key);
                }
            }
        }
    }

    /** A question to the store: about whom, since when, and what had been given back by then. */
    record Question(String key, long asked, int stamp) {}

    private record Denial(long tokens, long asked, long until, List<Level> levels) {}

    /** A remembered refusal, its figures brought up to now when somebody wants them. */
    private record DeniedTake(List<Limit> limits, Denial denial, long tokens, long elapsed) implements Take {
        @Override
        public boolean granted() {
            return false;
        }

        @Override
        public Source source() {
            return Source.DENY_CACHE;
        }

        @Override
        public void undo() {}

        @Override
        public List<Level> levels() {
            Level[] levels = new Level[denial.levels().size()];
            for (int index = 0; index < levels.length; index++) {
                Level level = denial.levels().get(index);
                levels[index] =
                        new Level(level.available(), next(level.nextToken()), later(wait(limits.get(index), level)));
            }
            return List.of(levels);
        }

        @Override
        public Duration retryAfter() {
            Duration longest = Duration.ZERO;
            for (int index = 0; index < denial.levels().size(); index++) {
                Duration wait = wait(limits.get(index), denial.levels().get(index));
                longest = wait.compareTo(longest) > 0 ? wait : longest;
            }
            return later(longest);
        }

        /** The wait for a larger cost than the one that was refused, from what is known of the smaller one. */
        private Duration wait(Limit limit, Level level) {
            if (tokens == denial.tokens() || tokens <= level.available()) {
                return level.retryAfter();
            }
            boolean refused = !level.retryAfter().isZero();
            long known = refused ? denial.tokens() : Math.max(0, level.available()) + 1;
            Duration wait = refused ? level.retryAfter() : level.nextToken();
            return wait.plusNanos(nanosBetween(limit, known - level.available(), tokens - level.available()));
        }

        /** How much later the larger number of missing tokens is there than the smaller one. */
        private static long nanosBetween(Limit limit, long fewer, long more) {
            if (limit.style() instanceof Limit.Refill.Greedy) {
                return limit.rate().nanosFor(more - fewer, 0);
            }
            long refills = refills(limit, more) - refills(limit, fewer);
            long period = limit.per().toNanos();
            return refills > Long.MAX_VALUE / period ? Long.MAX_VALUE : refills * period;
        }

        private static long refills(Limit limit, long missing) {
            return missing / limit.refill() + (missing % limit.refill() == 0 ? 0 : 1);
        }

        /** Zero would say that the limit is untouched. */
        private Duration next(Duration wait) {
            Duration left = later(wait);
            return left.isZero() && !wait.isZero() ? Duration.ofNanos(1) : left;
        }

        private Duration later(Duration wait) {
            Duration left = wait.minusNanos(elapsed);
            return left.isNegative() ? Duration.ZERO : left;
        }
    }
}
