package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LocalBucketStoreTest extends BucketStoreContract {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int ROOM = 100;

    private final FakeTicker ticker = FakeTicker.create();
    private final BucketStore store = BucketStores.local(new LocalSpec(ROOM, ticker));

    @Override
    protected BucketStore store() {
        return store;
    }

    @Override
    protected void advance(Duration step) {
        ticker.advance(step);
    }

    private static void flood(Space space, String prefix, int keys) {
        for (int key = 0; key < keys; key++) {
            space.take(prefix + key, 1);
        }
    }

    @Test
    @Tag("ratelimit:M2")
    @Tag("ratelimit:A5")
    void take_exhaustedKeyDuringAFlood_staysRefusedUntilItsTime() {
        Space space = open(Limit.of("a", 2, MINUTE));
        drain(space, "victim", 2);

        for (int round = 0; round < 6; round++) {
            flood(space, "flood-" + round + '-', 5_000);
            assertFalse(space.take("victim", 1).granted());
        }

        advance(Duration.ofSeconds(30).minusNanos(1));
        assertFalse(space.take("victim", 1).granted());
        advance(Duration.ofNanos(1));
        assertTrue(space.take("victim", 1).granted());
    }

    @Test
    @Tag("ratelimit:M1")
    void size_underAFlood_staysAtTheBound() {
        Space space = open(Limit.of("a", 2, MINUTE));

        flood(space, "flood-", 20_000);

        assertEquals(ROOM, space.size().orElseThrow());
    }

    @Test
    void size_whenBucketsAreFullAgain_shrinksForNewKeys() {
        Space space = open(Limit.of("a", 2, MINUTE));
        flood(space, "flood-", 500);
        assertEquals(Source.OVERFLOW, space.take("before", 1).source());

        advance(Duration.ofMinutes(3));

        assertEquals(Source.LOCAL, space.take("after", 1).source());
        assertTrue(space.size().orElseThrow() < ROOM);
    }

    @Test
    @Tag("ratelimit:M2")
    void take_keyInDebt_isHeldUntilTheDebtIsPaid() {
        Space space = open(new Limit("a", 2, 1, Duration.ofSeconds(10)));
        space.debit("debtor", 1_000);

        for (int minute = 0; minute < 150; minute++) {
            advance(MINUTE);
            flood(space, "flood-" + minute + '-', 300);
        }

        Take refused = space.take("debtor", 1);
        assertFalse(refused.granted());
        assertEquals(Duration.ofSeconds(9_990 - 9_000), refused.retryAfter());
    }

    @Test
    @Tag("ratelimit:E1")
    @Tag("ratelimit:A6")
    void take_keyFirstInAStripeThenInTheTable_neverHasTwoBuckets() {
        Space space = open(Limit.of("a", 6, MINUTE));
        List<Long> granted = new ArrayList<>();
        flood(space, "flood-", ROOM);

        // The key starts in its stripe; room comes up 70 s after the flood, while what it used is not yet back.
        for (int second = 0; second < 240; second++) {
            advance(Duration.ofSeconds(1));
            while (space.take("mover", 1).granted()) {
                granted.add(ticker.getAsLong());
            }
        }

        Window.requireAtMost(granted, Limit.of("a", 6, MINUTE));
        assertEquals(6 + 24 - 1, granted.size(), "and none is lost either");
    }

    @Test
    void undo_whileBoundToAStripe_paysBackBoth() {
        Space space = open(Limit.of("a", 6, MINUTE));
        flood(space, "flood-", ROOM);
        advance(Duration.ofSeconds(60));
        drain(space, "mover", 6);
        advance(Duration.ofSeconds(20));

        assertEquals(Source.LOCAL, space.take("mover", 1).source());
        Take take = space.take("mover", 1);
        assertTrue(take.granted());
        assertFalse(space.peek("mover", 1).granted());
        take.undo();
        assertTrue(space.peek("mover", 1).granted());
        assertEquals(1, drain(space, "mover", 3));
    }

    @Test
    @Tag("ratelimit:E5")
    void take_stripeRefuses_leavesTheKeysOwnBucketAlone() {
        Space space = open(Limit.of("a", 6, MINUTE));
        flood(space, "flood-", ROOM);
        advance(Duration.ofSeconds(60));
        drain(space, "mover", 6);
        advance(Duration.ofSeconds(10));
        assertEquals(1, drain(space, "mover", 50));

        advance(Duration.ofSeconds(10));

        Take take = space.take("mover", 1);
        assertEquals(Source.LOCAL, take.source());
        assertEquals(5, take.available());
    }

    @Test
    @Tag("ratelimit:A6")
    void debit_keyInAStripe_isHeldAgainstTheStripe() {
        Space space = open(Limit.of("a", 6, MINUTE));
        flood(space, "flood-", ROOM);

        space.debit("late", 10);

        assertFalse(space.take("late", 1).granted());
        assertFalse(space.peek("late", 1).granted());
        space.reset("late");
        assertFalse(space.take("late", 1).granted(), "a stripe is not one key's to clear");
    }

    @Test
    @Tag("ratelimit:M3")
    void spaces_floodOfOne_leavesTheOtherAlone() {
        Space addresses = open(Limit.of("a", 2, MINUTE));
        Space users = open(Limit.of("a", 2, MINUTE));

        flood(addresses, "flood-", 10_000);

        assertEquals(Source.LOCAL, users.take("user", 1).source());
    }

    @Test
    @Tag("ratelimit:C3")
    void take_tickerThatWraps_countsOn() {
        FakeTicker late = FakeTicker.startingAt(Long.MAX_VALUE - 1_000);
        Space space = BucketStores.local(new LocalSpec(ROOM, late)).open("wrap", List.of(Limit.of("a", 1, MINUTE)));
        drain(space, "k", 1);

        late.advance(MINUTE.minusNanos(1));
        assertFalse(space.take("k", 1).granted());
        late.advance(Duration.ofNanos(1));
        assertTrue(space.take("k", 1).granted());
    }

    @Test
    @Tag("ratelimit:E1")
    void take_manyThreadsAcrossTheBound_neverOverAdmits() {
        Space space = open(Limit.of("a", 5, Duration.ofDays(1)));
        int keys = 2 * ROOM;
        AtomicIntegerArray granted = new AtomicIntegerArray(keys);
        AtomicInteger turn = new AtomicInteger();

        Parallel.count(8, 2_000, () -> {
            int key = turn.getAndIncrement() % keys;
            if (space.take("key-" + key, 1).granted()) {
                granted.incrementAndGet(key);
            }
            return true;
        });

        for (int key = 0; key < keys; key++) {
            assertTrue(granted.get(key) <= 5, "key " + key + " had " + granted.get(key));
        }
    }

    @Test
    void spec_outOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> LocalSpec.standard().withMaxKeys(15));
        assertThrows(IllegalArgumentException.class, () -> LocalSpec.standard().withMaxKeys(50_000_001));
        assertEquals(16, LocalSpec.standard().withMaxKeys(16).maxKeys());
    }

    /** The key enters the table between the look for its entry and the charge to its stripe. */
    @Test
    @Tag("ratelimit:A6")
    void debit_keyEntersMeanwhile_isChargedToItsEntry() {
        long[] now = new long[1];
        Runnable[] between = {() -> {}};
        BucketStore store =
                BucketStores.local(LocalSpec.standard().withMaxKeys(16).withTicker(() -> {
                    between[0].run();
                    return now[0];
                }));
        Space space = store.open("entering", List.of(Limit.of("a", 5, Duration.ofSeconds(1))));
        for (int key = 0; key < 16; key++) {
            space.take("full" + key, 1);
        }
        int[] calls = new int[1];
        between[0] = () -> {
            calls[0]++;
            boolean charging = StackWalker.getInstance()
                            .walk(frames -> frames.limit(4).anyMatch(frame -> "debitBy".equals(frame.getMethodName())))
                    && !StackWalker.getInstance()
                            .walk(frames -> frames.limit(6).anyMatch(frame -> "find".equals(frame.getMethodName())));
            if (charging) {
                between[0] = () -> {};
                now[0] += Duration.ofDays(1).toNanos();
                space.take("other", 1);
                space.take("late", 1);
            }
        };

        space.debit("late", 100);

        assertTrue(calls[0] > 0);
        assertTrue(space.peek("late", 1).available() < 0);
    }
}
