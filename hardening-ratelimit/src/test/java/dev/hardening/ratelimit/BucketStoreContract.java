package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What every bucket store must do; time passes only through {@link #advance}. */
public abstract class BucketStoreContract {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final Duration NANO = Duration.ofNanos(1);

    protected BucketStoreContract() {}

    protected abstract BucketStore store();

    protected abstract void advance(Duration step);

    protected final Space open(Limit... limits) {
        return store().open("contract-" + NAMES.incrementAndGet(), List.of(limits));
    }

    protected static int drain(Space space, String key, int attempts) {
        int granted = 0;
        for (int attempt = 0; attempt < attempts; attempt++) {
            granted += space.take(key, 1).granted() ? 1 : 0;
        }
        return granted;
    }

    @Test
    void take_upToTheCapacity_isGranted() {
        Space space = open(Limit.of("a", 3, Duration.ofMinutes(1)));

        assertEquals(3, drain(space, "k", 5));
        assertEquals(3, drain(space, "other", 5));
    }

    @Test
    @Tag("ratelimit:E3")
    void take_aroundTheFirstToken_isGrantedExactlyThen() {
        Space space = open(Limit.of("a", 3, Duration.ofMinutes(1)));
        drain(space, "k", 3);

        advance(Duration.ofSeconds(20).minus(NANO));
        assertFalse(space.take("k", 1).granted());
        advance(NANO);
        assertTrue(space.take("k", 1).granted());
        assertFalse(space.take("k", 1).granted());
    }

    @Test
    @Tag("ratelimit:E4")
    void retryAfter_unevenRate_isTrueToTheNanosecond() {
        Space space = open(Limit.of("a", 7, Duration.ofSeconds(1)));
        drain(space, "k", 7);

        Duration wait = space.take("k", 1).retryAfter();

        assertEquals(Duration.ofNanos(142_857_143), wait);
        advance(wait.minus(NANO));
        assertFalse(space.take("k", 1).granted());
        advance(NANO);
        assertTrue(space.take("k", 1).granted());
    }

    @Test
    @Tag("ratelimit:E4")
    void retryAfter_severalTokensAndLimits_isTheLongestWait() {
        Space space = open(Limit.of("short", 5, Duration.ofSeconds(1)), Limit.of("long", 10, Duration.ofMinutes(1)));
        assertTrue(space.take("k", 5).granted());
        advance(Duration.ofSeconds(1));
        assertTrue(space.take("k", 5).granted());

        Take refused = space.take("k", 4);

        // After one second the long limit had 5 + 1/6; 4 - 1/6 are missing at one per 6 s.
        assertEquals(Duration.ofSeconds(23), refused.retryAfter());
        assertEquals(Duration.ofMillis(800), refused.levels().get(0).retryAfter());
        advance(refused.retryAfter().minus(NANO));
        assertFalse(space.take("k", 4).granted());
        advance(NANO);
        assertTrue(space.take("k", 4).granted());
    }

    @Test
    void levels_afterATake_tellWhatIsLeftAndWhenMoreComes() {
        Space space = open(Limit.of("a", 4, Duration.ofSeconds(8)));

        Take take = space.take("k", 3);

        assertEquals(1, take.available());
        assertEquals(Duration.ofSeconds(2), take.levels().get(0).nextToken());
        assertEquals(Duration.ZERO, take.retryAfter());
    }

    @Test
    @Tag("ratelimit:E5")
    void undo_afterATake_leavesTheBucketAsItWas() {
        Space space = open(Limit.of("a", 4, Duration.ofSeconds(8)));
        space.take("k", 2);
        advance(Duration.ofSeconds(1));

        space.take("k", 1).undo();

        Take refused = space.take("k", 3);
        assertFalse(refused.granted());
        assertEquals(Duration.ofSeconds(1), refused.retryAfter());
        assertEquals(2, drain(space, "k", 4));
    }

    @Test
    @Tag("ratelimit:E5")
    void undo_afterTheBucketFilledUp_staysAtTheCapacity() {
        Space space = open(Limit.of("a", 2, Duration.ofSeconds(2)));
        Take take = space.take("k", 1);
        advance(Duration.ofSeconds(10));

        take.undo();

        assertEquals(2, drain(space, "k", 5));
    }

    @Test
    void peek_anyState_takesNothing() {
        Space space = open(Limit.of("a", 2, Duration.ofSeconds(2)));

        assertTrue(space.peek("k", 2).granted());
        assertEquals(2, drain(space, "k", 3));
        assertFalse(space.peek("k", 1).granted());
        assertEquals(Duration.ofSeconds(1), space.peek("k", 1).retryAfter());
        space.peek("k", 1).undo();
        assertFalse(space.peek("k", 1).granted());
    }

    @Test
    void debit_belowZero_lengthensTheWait() {
        Space space = open(new Limit("a", 2, 1, Duration.ofSeconds(10)));
        drain(space, "k", 2);

        space.debit("k", 3);

        Take refused = space.take("k", 1);
        assertEquals(-3, refused.available());
        assertEquals(Duration.ofSeconds(40), refused.retryAfter());
        advance(Duration.ofSeconds(40).minus(NANO));
        assertFalse(space.take("k", 1).granted());
        advance(NANO);
        assertTrue(space.take("k", 1).granted());
    }

    @Test
    void reset_emptyBucket_isFull() {
        Space space = open(new Limit("a", 2, 1, Duration.ofSeconds(10)));
        drain(space, "k", 2);
        space.debit("k", 9);

        space.reset("k");

        assertEquals(2, drain(space, "k", 3));
    }

    @Test
    void open_sameNameAndLimits_isTheSameBuckets() {
        String name = "contract-same-" + NAMES.incrementAndGet();
        List<Limit> limits = List.of(Limit.of("a", 2, Duration.ofSeconds(10)));

        drain(store().open(name, limits), "k", 1);

        assertEquals(1, drain(store().open(name, limits), "k", 2));
    }

    @Test
    void open_sameNameOtherLimits_isRefused() {
        String name = "contract-other-" + NAMES.incrementAndGet();
        store().open(name, List.of(Limit.of("a", 2, Duration.ofSeconds(10))));

        assertThrows(
                IllegalArgumentException.class,
                () -> store().open(name, List.of(Limit.of("a", 3, Duration.ofSeconds(10)))));
        assertThrows(
                IllegalArgumentException.class,
                () -> store().open(name, List.of(Limit.of("b", 2, Duration.ofSeconds(10)))));
    }

    @Test
    void open_badNameOrLimits_isRefused() {
        List<Limit> limits = List.of(Limit.of("a", 2, Duration.ofSeconds(10)));
        List<Limit> twice = List.of(limits.get(0), limits.get(0));

        assertThrows(IllegalArgumentException.class, () -> store().open("No/Good", limits));
        assertThrows(IllegalArgumentException.class, () -> store().open("good", List.of()));
        assertThrows(IllegalArgumentException.class, () -> store().open("good", twice));
    }

    @Test
    @Tag("ratelimit:E1")
    void take_eightThreadsOnOneKey_grantsExactlyTheCapacity() {
        Space space = open(Limit.of("a", 100, Duration.ofMinutes(1)));

        int granted = Parallel.count(8, 40, () -> space.take("k", 1).granted());

        assertEquals(100, granted);
    }

    @Test
    @Tag("ratelimit:E5")
    void undo_eightThreads_losesAndMakesNoToken() {
        Space space = open(Limit.of("a", 8, Duration.ofMinutes(1)));

        Parallel.count(8, 25, () -> {
            Take take = space.take("k", 1);
            take.undo();
            return take.granted();
        });

        assertEquals(8, drain(space, "k", 10));
    }

    @Test
    void credit_anEmptyBucket_addsAndStaysAtTheCapacity() {
        Space space = open(new Limit("a", 5, 1, Duration.ofHours(1)));
        drain(space, "k", 5);

        space.credit("k", 2);
        assertEquals(2, drain(space, "k", 4));
        space.credit("k", 1_000);
        assertEquals(5, drain(space, "k", 8));
    }

    @Test
    void credit_abucketInDebt_shortensTheWait() {
        Space space = open(new Limit("a", 2, 1, Duration.ofSeconds(10)));
        space.debit("k", 7);

        space.credit("k", 3);

        assertEquals(Duration.ofSeconds(30), space.take("k", 1).retryAfter());
    }

    @Test
    void credit_akeyNeverSeen_leavesItFull() {
        Space space = open(new Limit("a", 2, 1, Duration.ofHours(1)));

        space.credit("k", 1);

        assertEquals(2, drain(space, "k", 4));
    }

    @Test
    @Tag("ratelimit:E3")
    void take_refillByInterval_comesAllAtOnceAndNoneEarly() {
        Space space = open(Limit.interval("a", 3, Duration.ofMinutes(1)));
        assertEquals(3, drain(space, "k", 5));

        Duration wait = space.take("k", 2).retryAfter();
        advance(wait.minus(NANO));
        assertEquals(0, drain(space, "k", 2));
        advance(NANO);

        assertEquals(3, drain(space, "k", 5));
        assertTrue(wait.compareTo(Duration.ofMinutes(1)) <= 0, "waits " + wait);
    }

    @Test
    @Tag("ratelimit:A20")
    @Tag("ratelimit:L4")
    void open_newerVersion_bringsBucketsToItsLimitsWithTheirDebts() {
        String name = "contract-newer-" + NAMES.incrementAndGet();
        Space before = store().open(SpaceSpec.of(name, List.of(new Limit("a", 10, 1, Duration.ofHours(1))))
                .withVersion(1));
        drain(before, "k", 8);
        before.debit("owing", 13);

        Space after = store().open(SpaceSpec.of(name, List.of(new Limit("a", 100, 1, Duration.ofHours(1))))
                .withVersion(2));

        assertEquals(2, drain(after, "k", 50));
        assertEquals(-3, after.peek("owing", 1).available());
        assertEquals(100, after.peek("untouched", 1).available());
    }

    @Test
    @Tag("ratelimit:L3")
    void open_olderVersionBesideANewer_goesByTheNewer() {
        String name = "contract-older-" + NAMES.incrementAndGet();
        List<Limit> wide = List.of(new Limit("a", 10, 1, Duration.ofHours(1)));
        List<Limit> narrow =
                List.of(new Limit("a", 4, 1, Duration.ofHours(2)), new Limit("b", 3, 1, Duration.ofHours(4)));
        Space young = store().open(SpaceSpec.of(name, narrow).withVersion(7));
        Space old = store().open(SpaceSpec.of(name, wide).withVersion(6));
        young.take("k", 1);

        assertEquals(2, drain(old, "k", 5));
        Take refused = old.take("k", 1);
        assertEquals(1, refused.levels().size());
        assertEquals(Duration.ofHours(4), refused.retryAfter());
        assertEquals(0, drain(young, "k", 1));
        assertEquals(2, young.peek("k", 1).levels().size());
    }

    @Test
    void takeAsync_anyStore_saysWhatTakeSays() {
        Space space = open(new Limit("a", 2, 1, Duration.ofHours(1)));

        assertTrue(space.takeAsync("k", 2).toCompletableFuture().join().granted());
        Take refused = space.takeAsync("k", 1).toCompletableFuture().join();
        space.creditAsync("k", 1).toCompletableFuture().join();

        assertEquals(Duration.ofHours(1), refused.retryAfter());
        assertEquals(1, drain(space, "k", 2));
    }
}
