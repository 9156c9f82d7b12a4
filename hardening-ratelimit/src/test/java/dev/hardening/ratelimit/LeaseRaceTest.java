package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to a key between the moments in which its next lease is bought; each step is forced. */
class LeaseRaceTest {
    /** With one process, leases of ten tokens; nothing comes back meanwhile. */
    private static final Limit FORTY = new Limit("a", 40, 1, Duration.ofHours(1));

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final AfterTakes after = new AfterTakes(shared);
    private final BucketStore store = new LeasedStore(after, LeaseSpec.of(1).withTicker(ticker));
    private final Space space = store.open("leased", List.of(FORTY));

    private static Take take(Space space, boolean async, String key, long cost) {
        return async ? space.takeAsync(key, cost).toCompletableFuture().join() : space.take(key, cost);
    }

    private static void debit(Space space, boolean async, long cost) {
        if (async) {
            space.debitAsync("k", cost).toCompletableFuture().join();
        } else {
            space.debit("k", cost);
        }
    }

    private long stored() {
        return elsewhere().peek("k", 1).available();
    }

    private Space elsewhere() {
        return shared.open("leased", List.of(FORTY));
    }

    /**
     * Makes the next take of a key that cannot pay from its lease give a token of an idle key back first: the hook runs
     * between its look at the lease and its purchase.
     */
    private void beforeTheNextPurchase(Runnable hook) {
        ticker.advance(Duration.ofMillis(150));
        space.take("busy", 1);
        boolean[] once = new boolean[1];
        shared.inside = () -> {
            if (!once[0]) {
                once[0] = true;
                hook.run();
            }
        };
    }

    private List<Take> tenOfK() {
        space.take("idle-1", 1);
        space.take("idle-2", 1);
        ticker.advance(Duration.ofMillis(900));
        List<Take> takes = new ArrayList<>();
        for (int call = 0; call < 10; call++) {
            takes.add(space.take("k", 1));
        }
        return takes;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E6")
    void take_refundsFillTheLeaseBeforeThePurchase_spendsFromItAndBuysNothing(boolean async) {
        List<Take> takes = tenOfK();
        beforeTheNextPurchase(() -> takes.forEach(Take::undo));

        Take take = take(space, async, "k", 1);

        assertTrue(take.granted());
        assertEquals(Source.LEASE, take.source());
        assertEquals(30, stored());
        for (int call = 0; call < 9; call++) {
            assertEquals(Source.LEASE, space.take("k", 1).source());
        }
        assertEquals(Source.SHARED, take(space, async, "k", 1).source(), "and then it buys");
        assertEquals(20, stored());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E6")
    void take_refundsThatAreNotEnough_countTowardsTheNextLease(boolean async) {
        List<Take> takes = tenOfK();
        beforeTheNextPurchase(() -> takes.subList(0, 3).forEach(Take::undo));

        assertEquals(Source.SHARED, take(space, async, "k", 4).source());

        assertEquals(30 - 7, stored());
    }

    /** The older version holds more than the newer one may. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void take_smallerLeaseOfANewerVersion_neverBuysLessThanNothing(boolean async) {
        List<Take> takes = tenOfK();
        Space smaller = store.open(SpaceSpec.of("leased", List.of(new Limit("a", 20, 1, Duration.ofHours(1))))
                .withVersion(1));
        beforeTheNextPurchase(() -> takes.forEach(Take::undo));

        Take take = take(smaller, async, "k", 3);

        assertTrue(take.granted());
        assertEquals(Source.LEASE, take.source());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E1")
    void debit_whileALeaseIsBought_leavesNothingToSpend(boolean async) {
        after.onceTaken = () -> debit(space, async, 60);

        assertTrue(take(space, async, "k", 1).granted());

        assertFalse(take(space, async, "k", 1).granted());
        assertEquals(40 - 1 - 60, stored());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E1")
    void debit_whileTheNextLeaseIsBought_leavesNothingToSpend(boolean async) {
        for (int call = 0; call < 8; call++) {
            take(space, async, "k", 1);
        }
        after.onceTaken = () -> debit(space, async, 60);

        assertTrue(take(space, async, "k", 3).granted());

        assertFalse(take(space, async, "k", 1).granted());
        assertEquals(40 - 8 - 3 - 60, stored());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E1")
    void debit_leaseIsBoughtWhileItIsOnItsWay_leavesNothingToSpend(boolean async) {
        boolean[] once = new boolean[1];
        shared.inside = () -> {
            if (!once[0]) {
                once[0] = true;
                assertTrue(take(space, async, "k", 1).granted());
            }
        };

        debit(space, async, 60);

        assertFalse(take(space, async, "k", 1).granted());
        assertEquals(40 - 1 - 60, stored());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E1")
    void debit_whileAPurchaseFails_givesBackWhatWasLeft(boolean async) {
        take(space, async, "k", 6);
        after.onceTaken = () -> {
            debit(space, async, 60);
            throw new IllegalStateException("lost on the way");
        };

        RuntimeException lost = assertThrows(RuntimeException.class, () -> take(space, async, "k", 5));

        assertTrue(String.valueOf(lost.getMessage()).contains("lost on the way"));
        assertFalse(space.take("k", 1).granted());
        take(space, async, "other", 1);
        store.close();
        assertEquals(40 - 6 - 60 - 6, stored(), "the six of the answer that was lost stay spent");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E1")
    void reset_whileALeaseIsBought_leavesNoMoreThanTheCapacity(boolean async) {
        for (int call = 0; call < 8; call++) {
            take(space, async, "k", 1);
        }
        after.onceTaken = () -> {
            space.reset("k");
            assertTrue(elsewhere().take("k", 5).granted(), "so that there is room for what must not come back");
        };
        assertTrue(take(space, async, "k", 3).granted());

        int granted = 0;
        while (take(space, async, "k", 1).granted()) {
            granted++;
        }

        assertEquals(35, granted);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Tag("ratelimit:E5")
    void undo_afterAPenalty_goesToTheStore(boolean async) {
        Take take = take(space, async, "k", 3);
        debit(space, async, 20);

        take.undo();

        assertEquals(20, stored());
    }

    /** Runs something once, when the store has taken and before its answer is told. */
    private static final class AfterTakes implements BucketStore {
        private final BucketStore store;
        private Runnable onceTaken = () -> {};

        private AfterTakes(BucketStore store) {
            this.store = store;
        }

        @Override
        public Space open(SpaceSpec spec) {
            Space space = store.open(spec);
            return new Forwarding(space, take -> {
                Runnable hook = onceTaken;
                onceTaken = () -> {};
                hook.run();
                return take;
            });
        }
    }

    private static final class Forwarding extends PassingSpace {
        private final Function<Take, Take> answer;

        private Forwarding(Space space, Function<Take, Take> answer) {
            super(space);
            this.answer = answer;
        }

        @Override
        public Take take(String key, long tokens) {
            return answer.apply(space.take(key, tokens));
        }
    }
}
