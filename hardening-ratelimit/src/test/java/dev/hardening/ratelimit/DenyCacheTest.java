package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DenyCacheTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration NANO = Duration.ofNanos(1);

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final BucketStore store =
            BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker));

    private Space open(Limit... limits) {
        return store.open("denied", List.of(limits));
    }

    @Test
    @Tag("ratelimit:E7")
    void take_floodOfARefusedKey_asksTheStoreOnceAPerCap() {
        Space space = open(Limit.of("a", 1, MINUTE));
        space.take("k", 1);
        shared.commands.set(0);

        for (int millisecond = 0; millisecond < 5_000; millisecond++) {
            for (int call = 0; call < 10; call++) {
                assertFalse(space.take("k", 1).granted());
                assertFalse(space.peek("k", 1).granted());
            }
            ticker.advance(Duration.ofMillis(1));
        }

        assertEquals(5, shared.commands.get());
        assertEquals(Source.SHARED, space.take("k", 1).source());
    }

    @Test
    @Tag("ratelimit:E4")
    void take_remembered_tellsTheWaitToTheNanosecond() {
        Space space = open(Limit.of("a", 2, MINUTE));
        space.take("k", 2);
        assertEquals(Source.SHARED, space.take("k", 1).source());
        ticker.advance(Duration.ofMillis(300));

        Take denied = space.take("k", 1);

        assertEquals(Source.DENY_CACHE, denied.source());
        assertEquals(Duration.ofMillis(29_700), denied.retryAfter());
        assertEquals(Duration.ofMillis(29_700), denied.levels().get(0).retryAfter());
        assertEquals(Duration.ofMillis(29_700), denied.levels().get(0).nextToken());
        denied.undo();
        ticker.advance(Duration.ofMillis(29_700).minus(NANO));
        assertFalse(space.take("k", 1).granted());
        ticker.advance(NANO);
        assertTrue(space.take("k", 1).granted());
    }

    @Test
    @Tag("ratelimit:E7")
    void take_waitShorterThanTheCap_isRememberedNoLonger() {
        Space space = open(Limit.of("a", 100, SECOND));
        space.take("k", 100);
        assertFalse(space.take("k", 1).granted());

        ticker.advance(Duration.ofMillis(10).minus(NANO));
        assertEquals(Source.DENY_CACHE, space.take("k", 1).source());
        ticker.advance(NANO);
        assertTrue(space.take("k", 1).granted());
    }

    @Test
    @Tag("ratelimit:E7")
    void take_resetByAnotherNode_isNoticedAfterTheCap() {
        assertEquals(SECOND, staleness(Limit.of("a", 1, MINUTE)));
        assertEquals(Duration.ofSeconds(5), staleness(Limit.of("a", 1, MINUTE.plus(NANO.multipliedBy(60)))));
    }

    private Duration staleness(Limit limit) {
        SpaceSpec spec = SpaceSpec.of("stale" + limit.per().toNanos(), List.of(limit));
        Space space = store.open(spec);
        space.take("k", 1);
        space.take("k", 1);
        shared.open(spec).reset("k");
        long since = ticker.getAsLong();
        while (!space.take("k", 1).granted()) {
            ticker.advance(Duration.ofMillis(1));
        }
        return Duration.ofNanos(ticker.getAsLong() - since);
    }

    @Test
    @Tag("ratelimit:E7")
    void take_smallerCostThanRefused_isAsked() {
        Space space = open(Limit.of("a", 10, MINUTE));
        space.take("k", 5);
        assertFalse(space.take("k", 6).granted());

        assertEquals(Source.DENY_CACHE, space.take("k", 6).source());
        assertEquals(Source.DENY_CACHE, space.take("k", 10).source());
        assertTrue(space.take("k", 5).granted());
    }

    @Test
    @Tag("ratelimit:E4")
    void take_smallerCostGrantedInBetween_lengthensTheWaitOfTheLarger() {
        Space space = open(Limit.of("a", 10, MINUTE));
        space.take("k", 5);
        assertEquals(Duration.ofSeconds(6), space.take("k", 6).retryAfter());
        assertTrue(space.take("k", 5).granted());

        assertEquals(Duration.ofSeconds(36), space.take("k", 6).retryAfter());
    }

    @Test
    @Tag("ratelimit:E4")
    void debit_afterARefusal_lengthensTheWait() {
        Space space = open(Limit.of("a", 10, MINUTE));
        space.take("k", 10);
        space.take("k", 1);

        space.debit("k", 4);
        assertEquals(Duration.ofSeconds(30), space.take("k", 1).retryAfter());
        space.debitAsync("k", 1).toCompletableFuture().join();
        assertEquals(Duration.ofSeconds(36), space.take("k", 1).retryAfter());
    }

    @Test
    @Tag("ratelimit:E4")
    void take_largerCostThanRefused_namesAWaitThatIsEnough() {
        Random random = SeededRandom.of("DenyCacheTest.larger");
        for (int round = 0; round < 300; round++) {
            Limit greedy = new Limit("g", 30, 1 + random.nextInt(9), Duration.ofMillis(1_000 + random.nextInt(9_000)));
            Limit interval = Limit.interval("i", 30, Duration.ofSeconds(20));
            Limit slow = new Limit("s", 30, 4, Duration.ofSeconds(7), new Limit.Refill.Interval());
            List<List<Limit>> kinds = List.of(List.of(greedy), List.of(slow), List.of(interval), List.of(slow, greedy));
            List<Limit> limits = kinds.get(random.nextInt(4));
            Space space = store.open("larger" + round, limits);
            space.take("k", 20L + random.nextInt(10));
            ticker.advance(Duration.ofMillis(random.nextInt(500)));
            long less = 11L + random.nextInt(5);
            if (space.take("k", less).granted()) {
                continue;
            }
            ticker.advance(Duration.ofNanos(random.nextInt(5_000_000)));

            long more = less + random.nextInt(15);
            Take denied = space.take("k", more);
            if (denied.source() != Source.DENY_CACHE) {
                continue;
            }
            Duration exact = shared.open(SpaceSpec.of("larger" + round, limits))
                    .peek("k", more)
                    .retryAfter();

            assertTrue(denied.retryAfter().compareTo(exact) >= 0, () -> denied.retryAfter() + " is less than " + exact);
            assertTrue(denied.retryAfter().minus(exact).compareTo(NANO) <= 0, () -> denied + " for " + exact);
        }
    }

    @Test
    @Tag("ratelimit:E7")
    void take_mixedCostsOfARefusedKey_doNotPushOneAnotherOut() {
        Space space = open(Limit.of("a", 10, MINUTE));
        space.take("k", 10);
        space.take("k", 1);
        shared.commands.set(0);

        for (int call = 0; call < 1_000; call++) {
            assertEquals(Source.DENY_CACHE, space.take("k", 1L + call % 9).source());
        }

        assertEquals(0, shared.commands.get());
    }

    @Test
    @Tag("ratelimit:E7")
    void take_somethingGivenBackHere_isNoticedAtOnce() {
        Space space = open(Limit.of("a", 10, MINUTE));
        Take taken = space.take("k", 10);
        assertFalse(space.take("k", 1).granted());
        taken.undo();
        assertTrue(space.take("k", 10).granted());
        assertFalse(space.take("k", 1).granted());
        space.credit("k", 1);
        assertTrue(space.take("k", 1).granted());
        assertFalse(space.take("k", 1).granted());
        space.creditAsync("k", 1).toCompletableFuture().join();
        assertTrue(space.take("k", 1).granted());
        assertFalse(space.take("k", 1).granted());
        space.reset("k");
        assertTrue(space.take("k", 10).granted());
    }

    @Test
    @Tag("ratelimit:E7")
    void knownRefusal_always_isWhatATakeWouldSay() {
        Space space = open(Limit.of("a", 10, MINUTE));
        Take taken = space.takeAsync("k", 10).toCompletableFuture().join();
        assertTrue(space.knownRefusal("k", 1).isEmpty());
        space.take("k", 2);
        shared.commands.set(0);

        assertEquals(Source.DENY_CACHE, space.knownRefusal("k", 2).orElseThrow().source());
        assertTrue(space.knownRefusal("k", 1).isEmpty());
        assertEquals(0, shared.commands.get());
        taken.undoAsync().toCompletableFuture().join();
        assertTrue(space.knownRefusal("k", 2).isEmpty());
    }

    @Test
    @Tag("ratelimit:E7")
    void take_refusalOnItsWayWhileTokensComeBack_isNotEntered() {
        Space space = open(Limit.of("a", 10, MINUTE));
        Take taken = space.take("k", 10);
        DenyCache cache = new DenyCache(List.of(Limit.of("a", 10, MINUTE)), 100, ticker);
        DenyCache.Question question = cache.question("k");
        Take refused = space.peek("k", 1);
        taken.undo();
        cache.forget("k");

        cache.note(question, 1, refused);

        assertEquals(null, cache.lookup("k", 1));
        cache.note(cache.question("k"), 1, refused);
        assertFalse(cache.lookup("k", 1).granted());
    }

    @Test
    @Tag("ratelimit:L4")
    void open_newVersion_startsWithNothingRemembered() {
        SpaceSpec first =
                SpaceSpec.of("plan", List.of(Limit.of("a", 1, MINUTE))).withVersion(1);
        store.open(first).take("k", 1);
        assertFalse(store.open(first).take("k", 1).granted());
        assertEquals(Source.DENY_CACHE, store.open(first).take("k", 1).source());

        Space next = store.open(
                SpaceSpec.of("plan", List.of(Limit.of("a", 5, MINUTE))).withVersion(2));

        assertEquals(Source.SHARED, next.take("k", 1).source());
    }

    @Test
    void take_fallbackRefusal_isNotRemembered() {
        SpaceSpec spec =
                SpaceSpec.of("local", List.of(Limit.of("a", 40, MINUTE))).withFailureMode(FailureMode.LOCAL);
        Space space = store.open(spec);
        shared.silent = true;
        for (int call = 0; call < 20; call++) {
            space.take("k", 1);
        }
        assertEquals(Source.FALLBACK, space.take("k", 1).source());
        shared.silent = false;
        ticker.advance(SECOND);

        assertEquals(Source.SHARED, space.take("k", 1).source());
    }

    @Test
    @Tag("ratelimit:E7")
    void verdicts_withAndWithoutTheCache_areTheSame() {
        Random random = SeededRandom.of("DenyCacheTest.E7");
        int denied = 0;
        for (int schedule = 0; schedule < 150; schedule++) {
            List<Limit> limits = limits(random);
            Nodes nodes = new Nodes(ticker, limits);
            for (int step = 0; step < 300; step++) {
                ticker.advance(step(random, limits));
                denied += nodes.step(random) ? 1 : 0;
            }
        }
        assertTrue(denied > 500, "refused from the cache: " + denied);
    }

    private static List<Limit> limits(Random random) {
        List<Limit> limits = new ArrayList<>();
        for (int index = 0; index <= random.nextInt(2); index++) {
            Duration per = Duration.ofMillis(100L + random.nextInt(100_000));
            int capacity = 8 + random.nextInt(30);
            limits.add(
                    random.nextInt(4) == 0
                            ? Limit.interval("l" + index, capacity, per)
                            : new Limit("l" + index, capacity, 1 + random.nextInt(40), per));
        }
        return limits;
    }

    private static Duration step(Random random, List<Limit> limits) {
        Limit limit = limits.get(random.nextInt(limits.size()));
        long token = limit.per().toNanos() / limit.refill();
        return Duration.ofNanos((long) (random.nextDouble() * token * (random.nextInt(20) == 0 ? 30 : 1)));
    }

    /** The same calls on two stores that are alike but for the cache. */
    private static final class Nodes {
        private final Space with;
        private final Space behind;
        private final Space without;
        private final Deque<Take> takenWith = new ArrayDeque<>();
        private final Deque<Take> takenWithout = new ArrayDeque<>();

        Nodes(FakeTicker ticker, List<Limit> limits) {
            OutageSpec spec = OutageSpec.standard().withTicker(ticker);
            SharedFake store = new SharedFake(ticker);
            with = BucketStores.guarded(store, spec).open("e7", limits);
            behind = store.open("e7", limits);
            without = BucketStores.guarded(new SharedFake(ticker), spec.withDeniedKeys(0))
                    .open("e7", limits);
        }

        /** Whether the cache answered. */
        boolean step(Random random) {
            int what = random.nextInt(40);
            long tokens = 1L + random.nextInt(random.nextInt(4) == 0 ? 8 : 2);
            if (what == 0) {
                with.reset("k");
                without.reset("k");
                return false;
            }
            if (what == 1) {
                with.credit("k", tokens);
                without.credit("k", tokens);
                return false;
            }
            if (what == 2) {
                with.debit("k", tokens);
                without.debit("k", tokens);
                return false;
            }
            if (what < 6 && !takenWith.isEmpty()) {
                takenWith.pop().undo();
                takenWithout.pop().undo();
                return false;
            }
            Take one = what < 10 ? with.peek("k", tokens) : with.take("k", tokens);
            Take other = what < 10 ? without.peek("k", tokens) : without.take("k", tokens);
            assertEquals(other.granted(), one.granted());
            long late = one.retryAfter().toNanos() - other.retryAfter().toNanos();
            assertTrue(late >= 0, () -> one.retryAfter() + " is too short for " + other.retryAfter());
            if (one.granted() && what >= 10) {
                takenWith.push(one);
                takenWithout.push(other);
            }
            boolean remembered = one.source() == Source.DENY_CACHE;
            if (remembered) {
                // Being asked keeps a bucket, and a bucket of intervals that is kept goes on in its own rhythm.
                assertFalse((what < 10 ? behind.peek("k", tokens) : behind.take("k", tokens)).granted());
            }
            return remembered;
        }
    }

    @Test
    @Tag("ratelimit:E7")
    void reset_byWayOfAnotherVersion_isSeenAtOnce() {
        SpaceSpec first = SpaceSpec.of("denied", List.of(Limit.of("a", 1, MINUTE)));
        Space old = store.open(first.withVersion(1));
        Space young = store.open(first.withVersion(2));
        old.take("k", 1);
        assertFalse(old.take("k", 1).granted());
        assertEquals(Source.DENY_CACHE, old.take("k", 1).source());

        young.reset("k");

        assertTrue(old.take("k", 1).granted());
    }

    @Test
    void take_rememberedForALargerCostThanTimeCanTell_namesTheLongestTime() {
        Space space = open(new Limit("a", 4_000_000, 1, Duration.ofDays(1), new Limit.Refill.Interval()));
        space.take("k", 4_000_000);
        assertEquals(Source.SHARED, space.take("k", 1).source());

        Take denied = space.take("k", 4_000_000);

        assertEquals(Source.DENY_CACHE, denied.source());
        assertTrue(denied.retryAfter().compareTo(Duration.ofDays(100_000)) > 0);
    }
}
