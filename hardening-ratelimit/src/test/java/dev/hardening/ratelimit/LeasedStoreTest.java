package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.testing.FakeTicker;
import dev.hardening.testing.SeededRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LeasedStoreTest extends BucketStoreContract {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** With one process, leases of ten tokens. */
    private static final Limit FORTY = Limit.of("a", 40, MINUTE);

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final BucketStore store = leased(1);

    private BucketStore leased(int processes) {
        return new LeasedStore(shared, LeaseSpec.of(processes).withTicker(ticker));
    }

    private Space exact(Limit limit) {
        return shared.open("leased", List.of(limit));
    }

    @Override
    protected BucketStore store() {
        return store;
    }

    @Override
    protected void advance(Duration step) {
        ticker.advance(step);
    }

    @Test
    void take_largeLimit_asksTheStoreOnceALease() {
        Space space = store.open("leased", List.of(FORTY));

        assertEquals(Source.SHARED, space.take("k", 1).source());
        for (int call = 0; call < 9; call++) {
            Take take = space.take("k", 1);
            assertEquals(Source.LEASE, take.source());
            assertEquals(38 - call, take.available());
        }

        assertEquals(1, shared.commands.get());
        assertEquals(Source.SHARED, space.take("k", 1).source());
        assertEquals(20, exact(FORTY).peek("k", 1).available());
    }

    @Test
    void take_smallLimit_isAskedForAsBefore() {
        Space space = store.open("leased", List.of(Limit.of("a", 7, MINUTE)));

        assertEquals(Source.SHARED, space.take("k", 1).source());
        assertEquals(6, exact(Limit.of("a", 7, MINUTE)).peek("k", 1).available());
    }

    @Test
    void take_asMuchAsALeaseOrMore_isAskedForAsBefore() {
        Space space = store.open("leased", List.of(FORTY));

        space.take("k", 10);

        assertEquals(30, exact(FORTY).peek("k", 1).available());
    }

    @Test
    void take_nearlyEmptyBucket_isGrantedToTheLastToken() {
        Space space = store.open("leased", List.of(FORTY));

        assertEquals(40, drain(space, "k", 60));
        assertFalse(space.take("k", 1).granted());
        ticker.advance(SECOND.dividedBy(2).plusSeconds(1));
        assertEquals(1, drain(space, "k", 60));
    }

    @Test
    void take_nearlyEmptyBucket_isNotTriedInAdvanceEachTime() {
        Space space = store.open("leased", List.of(FORTY));
        drain(space, "k", 40);
        shared.commands.set(0);

        for (int call = 0; call < 100; call++) {
            assertFalse(space.take("k", 1).granted());
        }

        assertTrue(shared.commands.get() <= 101, "commands " + shared.commands);
    }

    @Test
    @Tag("ratelimit:E1")
    void take_leaseThatHasDied_isNotSpentAnyMore() {
        Space space = store.open("leased", List.of(FORTY));
        space.take("k", 1);
        ticker.advance(SECOND.minusNanos(1));
        assertEquals(Source.LEASE, space.take("k", 1).source());
        ticker.advance(Duration.ofNanos(1));

        assertEquals(Source.SHARED, space.take("k", 1).source());
        assertEquals(28, exact(FORTY).peek("k", 1).available(), "10 bought, 8 given back, 10 bought, 2/3 came back");
    }

    @Test
    void take_idleKeys_haveTheirTokensGivenBack() {
        Space space = store.open("leased", List.of(FORTY));
        for (int key = 0; key < 5; key++) {
            space.take("idle-" + key, 1);
        }
        ticker.advance(SECOND);

        for (int call = 0; call < 12; call++) {
            space.take("busy-" + call, 1);
        }

        for (int key = 0; key < 5; key++) {
            assertEquals(39, exact(FORTY).peek("idle-" + key, 1).available());
        }
    }

    @Test
    void close_always_givesTokensBackAndCloses() {
        Space space = store.open("leased", List.of(FORTY));
        space.take("k", 1);

        store.close();

        assertEquals(39, exact(FORTY).peek("k", 1).available());
        assertTrue(shared.closed);
    }

    @Test
    void close_silentStore_doesNotWaitForEachKey() {
        Space space = store.open("leased", List.of(FORTY));
        for (int key = 0; key < 20; key++) {
            space.take("k" + key, 1);
        }
        shared.silent = true;
        shared.commands.set(0);

        store.close();

        assertEquals(1, shared.commands.get());
    }

    @Test
    void debit_keyWithALease_endsTheLease() {
        Space space = store.open("leased", List.of(FORTY));
        space.take("k", 1);

        space.debit("k", 39);

        assertFalse(space.take("k", 1).granted());
        space.reset("k");
        space.take("k", 1);
        space.debitAsync("k", 39).toCompletableFuture().join();
        assertFalse(space.take("k", 1).granted());
    }

    @Test
    @Tag("ratelimit:E1")
    void reset_keyWithALease_leavesNoMoreThanTheCapacity() {
        Space space = store.open("leased", List.of(FORTY));
        space.take("k", 1);

        space.reset("k");

        assertEquals(40, drain(space, "k", 80));
    }

    @Test
    @Tag("ratelimit:E5")
    void undo_leasedTake_goesToTheLeaseOrToTheStore() {
        Space space = store.open("leased", List.of(FORTY));
        space.take("k", 1);
        Take live = space.take("k", 3);
        int before = shared.commands.get();
        live.undo();
        assertEquals(before, shared.commands.get());
        assertEquals(9, drainLease(space));

        Take late = space.take("k", 1);
        ticker.advance(SECOND);
        late.undo();
        assertEquals(before + 3, shared.commands.get(), "a look, a lease and a refund");
    }

    @Test
    @Tag("ratelimit:E5")
    void undoAsync_leasedTake_doesAsUndoDoes() {
        Space space = store.open("leased", List.of(FORTY));
        space.take("k", 1);
        space.take("k", 3).undoAsync().toCompletableFuture().join();
        space.peek("k", 1).undoAsync().toCompletableFuture().join();
        Take late = space.take("k", 9);
        ticker.advance(SECOND);
        late.undoAsync().toCompletableFuture().join();

        assertEquals(39, exact(FORTY).peek("k", 1).available());
        assertTrue(space.knownRefusal("k", 1).isEmpty());
    }

    private static int drainLease(Space space) {
        int leased = 0;
        while (space.peek("k", 1).source() == Source.LEASE) {
            assertEquals(Source.LEASE, space.take("k", 1).source());
            leased++;
        }
        return leased;
    }

    @Test
    @Tag("ratelimit:O2")
    void take_guardedStoreThatIsSilent_holdsNothingOfTheFallback() {
        BucketStore guarded = BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker));
        BucketStore both = new LeasedStore(guarded, LeaseSpec.of(1).withTicker(ticker));
        Space space = both.open(SpaceSpec.of("leased", List.of(FORTY)).withFailureMode(FailureMode.LOCAL));
        shared.silent = true;

        Take take = space.take("k", 1);

        assertEquals(Source.FALLBACK, take.source());
        assertEquals(9, drain(space, "k", 50));
        shared.silent = false;
        ticker.advance(SECOND.multipliedBy(2));
        assertEquals(29, space.take("k", 1).available(), "what was spent is debited, and no more");
        assertEquals(BucketStore.Health.Status.UP, both.health().status());
    }

    @Test
    void take_storeThatFails_keepsWhatIsLeft() {
        Space space = store.open("leased", List.of(FORTY));
        space.take("k", 7);
        shared.silent = true;

        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 4));
        assertEquals(Source.LEASE, space.take("k", 3).source());
        assertThrows(
                RuntimeException.class,
                () -> space.takeAsync("k", 4).toCompletableFuture().join());
        shared.silent = false;
        assertTrue(space.take("k", 4).granted(), "nobody is taken for buying any more");
        assertEquals(Source.LEASE, space.take("k", 4).source());
    }

    @Test
    void takeAsync_always_doesAsTakeDoes() {
        Space space = store.open("leased", List.of(FORTY));
        int granted = 0;
        int leased = 0;
        for (int call = 0; call < 60; call++) {
            Take take = space.takeAsync("k", 1).toCompletableFuture().join();
            granted += take.granted() ? 1 : 0;
            leased += take.source() == Source.LEASE ? 1 : 0;
        }
        assertEquals(40, granted);
        assertEquals(36, leased);
        ticker.advance(SECOND.multipliedBy(40));
        assertTrue(space.takeAsync("k", 1).toCompletableFuture().join().granted());
        ticker.advance(SECOND);
        assertTrue(space.takeAsync("k", 1).toCompletableFuture().join().granted());
        assertEquals(
                16, exact(FORTY).peek("k", 1).available(), "27 and a third came back, one was spent, ten are held");
        assertFalse(space.blocking());
    }

    @Test
    @Tag("ratelimit:E1")
    void take_fourNodesInParallel_neverAdmitMoreThanTheTotal() {
        Limit limit = Limit.of("a", 400, Duration.ofDays(1));
        for (int round = 0; round < 20; round++) {
            String key = "k" + round;
            List<Space> nodes = nodes(limit);
            AtomicInteger turn = new AtomicInteger();

            int granted = Parallel.count(
                    8,
                    100,
                    () -> nodes.get(turn.getAndIncrement() % 4).take(key, 1).granted());

            assertTrue(granted <= 400 && granted >= 400 - 4 * 25, "granted " + granted);
        }
    }

    private List<Space> nodes(Limit limit) {
        List<Space> nodes = new ArrayList<>();
        for (int node = 0; node < 4; node++) {
            nodes.add(leased(4).open("leased", List.of(limit)));
        }
        return nodes;
    }

    @Test
    @Tag("ratelimit:E1")
    void take_fourNodesAnySchedule_exceedsNoWindowByMoreThanTheLeases() {
        Random random = SeededRandom.of("LeasedStoreTest");
        Limit limit = new Limit("a", 160, 40, SECOND);
        for (int schedule = 0; schedule < 40; schedule++) {
            List<Space> nodes = nodes(limit);
            List<Long> granted = new ArrayList<>();
            for (int step = 0; step < 1_000; step++) {
                boolean burst = random.nextInt(200) == 0;
                ticker.advance(Duration.ofNanos(random.nextInt(burst ? 2_000_000_000 : 20_000_000)));
                long cost = 1L + random.nextInt(3);
                if (nodes.get(random.nextInt(4)).take("k" + schedule, cost).granted()) {
                    for (long token = 0; token < cost; token++) {
                        granted.add(ticker.getAsLong());
                    }
                }
            }

            Window.requireAtMost(granted, limit.withCapacity(160 + 4 * 10));
        }
    }

    @Test
    void spec_outOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> BucketStores.leased(shared, 0));
        assertThrows(IllegalArgumentException.class, () -> BucketStores.leased(shared, 1_001));
        assertEquals(25, LeaseSpec.of(4).tokens(List.of(Limit.of("a", 400, MINUTE))));
        assertEquals(1, LeaseSpec.of(4).tokens(List.of(Limit.of("a", 400, MINUTE), Limit.of("b", 31, MINUTE))));
    }

    /** The refund comes while the lease it belongs to is being replaced. */
    @Test
    @Tag("ratelimit:E5")
    void undo_whileTheNextLeaseIsBought_isNotLost() {
        Space space = store.open("leased", List.of(FORTY));
        Take early = space.take("k", 1);
        drain(space, "k", 9);
        boolean[] once = new boolean[1];
        shared.inside = () -> {
            if (!once[0]) {
                once[0] = true;
                early.undo();
            }
        };

        assertTrue(space.take("k", 1).granted());
        shared.inside = () -> {};
        store.close();

        assertTrue(once[0]);
        assertEquals(40 - 10, exact(FORTY).peek("k", 1).available());
    }

    @Test
    void take_deadLeaseCannotBeGivenBack_isNoFaultOfTheCallAndNotLost() {
        Space space = store.open("leased", List.of(new Limit("a", 40, 1, Duration.ofHours(1))));
        space.take("k", 1);
        ticker.advance(Duration.ofMillis(900));
        space.take("k", 1);
        ticker.advance(Duration.ofMillis(200));
        boolean[] once = new boolean[1];
        shared.inside = () -> {
            if (!once[0]) {
                once[0] = true;
                throw new IllegalStateException("no credit");
            }
        };

        assertTrue(space.take("k", 1).granted());
        shared.inside = () -> {};
        store.close();

        assertEquals(
                37,
                shared.open("leased", List.of(new Limit("a", 40, 1, Duration.ofHours(1))))
                        .peek("k", 1)
                        .available());
    }

    @Test
    void leased_aroundOneThatIsLeasedAlready_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> BucketStores.leased(store, 2));
    }
}
