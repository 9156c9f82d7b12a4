package dev.hardening.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Blocks in a shared store, seen by every process within two seconds.
 *
 * <p>Asking for each caller whether he is blocked would double the calls to the store for the sake of the few who are.
 * So two markers stand beside the keys, and each process asks for one of them once a second, by way of whichever request
 * comes by. {@link #MARKER} is in debt for as long as anybody may be blocked. While it is, callers' own keys are asked
 * for too: each once, and again only when {@link #NEWS} says that a block was just made, or after {@link #CALM}.
 * So a long block costs little, and so does what is left of the marker when it was lifted: nobody can take the marker
 * back, because nobody knows whom other processes have blocked. A question that fails changes nothing: a block that is
 * known stays to its end, and none is made up.
 *
 * <p>{@link #NEWS} is written after the key and is in debt for {@link #HEARD}. So who asks for it at intervals of less
 * than {@link #GAP} and never finds it in debt knows that no block was made meanwhile, and that what the store has said
 * of keys still holds. After a longer interval nothing is known, and all is asked anew ({@link Outlook}).
 */
final class SharedBlocks implements Blocks {
    /** No key's text, since those name their dimension. */
    static final String MARKER = "*";

    static final String NEWS = "*news";

    /** How long an answer that somebody is not blocked is good for at most, whatever the markers say. */
    static final Duration CALM = Duration.ofMinutes(1);

    private static final Duration HEARD = Duration.ofSeconds(4);
    /** Shorter than {@link #HEARD} by what clocks may differ in that time. */
    private static final long GAP = Duration.ofSeconds(3).toNanos();
    /** A century; waits are compared by subtraction, far from overflow. */
    private static final long LONGEST = Duration.ofDays(36_500).toNanos();

    private static final int MOST_KEYS = 10_000;

    private final Supplier<Space> opening;
    private final LongSupplier ticker;
    private final Consumer<RuntimeException> failures;
    private final Cache<String, Known> keys;
    private final AtomicLong nextLook;
    private final ReentrantLock blocking = new ReentrantLock();
    private final AtomicReference<Outlook> outlook;
    private volatile @Nullable Space opened;
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
        this.outlook = new AtomicReference<>(Outlook.unknown(now));
    }

    @Override
    public boolean quiet() {
        long now = ticker.getAsLong();
        return now - nextLook.get() < 0 && !view().blocks(now);
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
        Known known = view().blocks(now) ? keys.getIfPresent((String) key) : null;
        return known == null ? Duration.ZERO : known.left(now);
    }

    @Override
    public CompletableFuture<Duration> left(Object key, Asking asking) {
        String name = (String) key;
        long now = ticker.getAsLong();
        long next = nextLook.get();
        boolean due = now - next >= 0 && nextLook.compareAndSet(next, now + FRESH.toNanos());
        return due ? look(now, asking).thenCompose(done -> ofKey(name, asking)) : ofKey(name, asking);
    }

    @Override
    public Duration asked(Object key) {
        return space().peek((String) key, 1).retryAfter();
    }

    private CompletableFuture<Outlook> look(long sent, Asking asking) {
        Outlook before = view();
        boolean whether = before.mustAskWhether(sent);
        return ask(whether ? MARKER : NEWS, asking).thenApply(answer -> {
            long now = ticker.getAsLong();
            return outlook.updateAndGet(known -> {
                if (answer.isEmpty()) {
                    return known;
                }
                return whether
                        ? known.withMarker(answer.get(), before.changes, now)
                        : known.withNews(answer.get(), now);
            });
        });
    }

    private CompletableFuture<Duration> ofKey(String key, Asking asking) {
        long now = ticker.getAsLong();
        Outlook view = view();
        if (!view.blocks(now)) {
            return CompletableFuture.completedFuture(Duration.ZERO);
        }
        Known known = keys.getIfPresent(key);
        if (known != null && (view.trusts(known, now) || !keys.asMap().replace(key, known, known.later(now)))) {
            return CompletableFuture.completedFuture(known.left(now));
        }
        return ask(key, asking).thenApply(answer -> {
            Known before = known == null ? Known.nothing(now) : known;
            Known said = answer.orElseGet(() -> before.later(ticker.getAsLong()));
            note(key, said, view.changes);
            return said.left(ticker.getAsLong());
        });
    }

    /** Enters an answer, unless this process has blocked or freed somebody since the question: it may be older. */
    private void note(String key, Known said, long changes) {
        if (view().changes != changes) {
            return;
        }
        keys.put(key, said);
        if (view().changes != changes) {
            keys.asMap().remove(key, said);
        } else if (said.blocked()) {
            outlook.updateAndGet(view -> view.atLeast(said.until()));
        }
    }

    /** What the store says, or empty if it says nothing; never fails. */
    private CompletableFuture<Optional<Known>> ask(String key, Asking asking) {
        long sent = ticker.getAsLong();
        return Stages.asked(() -> asking.peek(space(), key))
                .thenApply(take -> Optional.of(Known.of(take, sent, ticker.getAsLong())))
                .handle((answer, failure) -> {
                    silent = failure != null;
                    if (failure == null) {
                        return answer;
                    }
                    failures.accept(Failures.cause(failure));
                    return Optional.empty();
                });
    }

    /**
     * The marker first: if what follows fails, it costs questions, and nobody is blocked unseen for longer than {@link
     * #CALM}.
     */
    @Override
    public boolean block(Object key, Duration duration) {
        String name = (String) key;
        blocking.lock();
        try {
            Duration marked = extend(MARKER, duration);
            Duration blocked = extend(name, duration);
            tellNews();
            change(name, () -> {
                long now = ticker.getAsLong();
                outlook.updateAndGet(view -> view.atLeast(now + nanos(marked)));
                keys.put(name, new Known(true, now + nanos(blocked), now, now + FRESH.toNanos()));
            });
        } finally {
            blocking.unlock();
        }
        return true;
    }

    /** How long the key is in debt then. */
    private Duration extend(String key, Duration duration) {
        Duration before = space().peek(key, 1).retryAfter();
        long more = Blocks.tokens(duration.minus(before));
        if (more > 0) {
            space().debit(key, more);
        }
        return before.plusSeconds(more);
    }

    /** Never less than {@link #HEARD} from here on, and after many blocks not much more. */
    private void tellNews() {
        if (space().peek(NEWS, 1).retryAfter().compareTo(HEARD) < 0) {
            space().debit(NEWS, Blocks.tokens(HEARD));
        }
    }

    @Override
    public void unblock(Object key) {
        String name = (String) key;
        blocking.lock();
        try {
            space().reset(name);
            change(name, () -> {});
        } finally {
            blocking.unlock();
        }
    }

    /** What is known of a key is no longer so; an answer that is on its way is not entered. */
    private void change(String key, Runnable change) {
        outlook.updateAndGet(Outlook::changed);
        keys.invalidate(key);
        change.run();
    }

    private Outlook view() {
        return Objects.requireNonNull(outlook.get());
    }

    private Space space() {
        Space known = opened;
        if (known == null) {
            known = opening.get();
            opened = known;
        }
        return known;
    }

    private static long nanos(Duration wait) {
        return Math.min(LONGEST, Rate.saturated(wait));
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

    /**
     * What the markers have said.
     *
     * @param marker whether anybody may be blocked, and until when
     * @param heard when the last question was sent that a marker has answered
     * @param stirred until when blocks may have been made that answers of keys do not know of
     * @param news whether a block was just made, so that the marker may have moved
     * @param changes counts what this process has done itself
     */
    private record Outlook(Known marker, long heard, long stirred, boolean news, long changes) {
        static Outlook unknown(long now) {
            return new Outlook(Known.nothing(now), now, now, true, 0);
        }

        boolean blocks(long now) {
            return marker.blocks(now);
        }

        /** Whether the first marker is to be asked for; else the second says whether anything is new. */
        boolean mustAskWhether(long now) {
            return news || !blocks(now) || now - heard >= GAP;
        }

        /** Whatever happened before now may be news. An answer to an older question than the last one says nothing. */
        Outlook withMarker(Known answer, long asked, long now) {
            if (answer.asked() - heard < 0) {
                return this;
            }
            boolean own = asked != changes;
            return new Outlook(own ? marker : answer, answer.asked(), now, own, changes);
        }

        Outlook withNews(Known answer, long now) {
            if (answer.asked() - heard < 0) {
                return this;
            }
            boolean any = answer.blocked() || now - heard >= GAP;
            return new Outlook(marker, answer.asked(), any ? now : stirred, any, changes);
        }

        Outlook atLeast(long until) {
            boolean longer = marker.blocked() && marker.until() - until >= 0;
            return longer ? this : new Outlook(marker.ends(until), heard, stirred, news, changes);
        }

        Outlook changed() {
            return new Outlook(marker, heard, stirred, news, changes + 1);
        }

        /** Whether a key need not be asked for again: for a second, and if he is not blocked, until there are news. */
        boolean trusts(Known known, long now) {
            if (now - known.next() < 0) {
                return true;
            }
            boolean listening = now - heard < GAP;
            return listening && !known.blocked() && known.asked() - stirred > 0 && now - known.asked() < CALM.toNanos();
        }
    }

    /** What the store said of a key when it was last asked, by this process's ticker, and when to ask again at first. */
    private record Known(boolean blocked, long until, long asked, long next) {
        /** Nothing was ever said. */
        static Known nothing(long now) {
            return new Known(false, now, now - CALM.toNanos(), now);
        }

        /** Ends counted from when the answer was there: waiting the time that is named must be enough. */
        static Known of(Take take, long sent, long now) {
            return new Known(!take.granted(), now + nanos(take.retryAfter()), sent, now + FRESH.toNanos());
        }

        /** The same as before, for want of an answer or while it is on its way. */
        Known later(long now) {
            return new Known(blocked, until, asked, now + FRESH.toNanos());
        }

        Known ends(long end) {
            return new Known(true, end, asked, next);
        }

        boolean blocks(long now) {
            return blocked && until - now > 0;
        }

        Duration left(long now) {
            return blocks(now) ? Duration.ofNanos(until - now) : Duration.ZERO;
        }
    }
}
