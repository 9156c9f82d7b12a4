package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Health;
import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.FailureMode.Trip;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GuardedStoreTest extends BucketStoreContract {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Limit FORTY = Limit.of("a", 40, MINUTE);

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final RecordingListener listener = new RecordingListener();
    private final OutageSpec spec = OutageSpec.standard().withTicker(ticker).withListener(listener);
    private final BucketStore store = BucketStores.guarded(shared, spec);

    @Override
    protected BucketStore store() {
        return store;
    }

    @Override
    protected void advance(Duration step) {
        ticker.advance(step);
    }

    private static SpaceSpec local(Limit... limits) {
        return SpaceSpec.of("guarded", List.of(limits)).withFailureMode(FailureMode.LOCAL);
    }

    private void silence() {
        shared.silent = true;
    }

    private void answer() {
        shared.silent = false;
        ticker.advance(SECOND);
    }

    @Test
    @Tag("ratelimit:O1")
    void take_closedSpaceOfASilentStore_isRefusedWithoutAsking() {
        Space space = store.open("closed", List.of(FORTY));
        silence();
        for (int failure = 0; failure < 5; failure++) {
            assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
        }
        int before = shared.commands.get();

        assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
        assertThrows(RateLimitUnavailableException.class, () -> space.peek("k", 1));
        assertThrows(RateLimitUnavailableException.class, () -> space.debit("k", 1));
        assertThrows(RateLimitUnavailableException.class, () -> space.credit("k", 1));
        assertThrows(RateLimitUnavailableException.class, () -> space.reset("k"));
        assertThrows(
                CompletionException.class,
                () -> space.takeAsync("k", 1).toCompletableFuture().join());

        assertEquals(before, shared.commands.get());
        assertEquals(Health.Status.DOWN, store.health().status());
    }

    @Test
    @Tag("ratelimit:O1")
    void take_storeThatTimesOut_isFastAfterFiveCalls() {
        Space space = store.open("closed", List.of(FORTY));
        silence();
        shared.inside = () -> ticker.advance(Duration.ofMillis(50));

        for (int call = 0; call < 30; call++) {
            long before = ticker.getAsLong();
            assertThrows(RateLimitUnavailableException.class, () -> space.take("k", 1));
            Duration took = Duration.ofNanos(ticker.getAsLong() - before);
            assertEquals(call < 5 ? Duration.ofMillis(50) : Duration.ZERO, took);
        }
    }

    @Test
    @Tag("ratelimit:O2")
    void check_silentStore_answersByTheModeOfThePolicy() {
        RateLimiter closed = limiter(FailureMode.CLOSED);
        RateLimiter open = limiter(FailureMode.OPEN);
        RateLimiter local = limiter(FailureMode.LOCAL);
        silence();

        for (int call = 0; call < 10; call++) {
            assertEquals(Decision.Outcome.STORE_DENIED, check(closed).outcome());
            assertTrue(check(open).allowed());
            assertTrue(check(open).degraded());
            assertTrue(check(local).allowed());
        }
        assertEquals(Decision.Outcome.DENIED, check(local).outcome());
    }

    private RateLimiter limiter(FailureMode mode) {
        return RateLimiter.builder()
                .policy(Policy.named("p-" + mode.name().toLowerCase(Locale.ROOT))
                        .key(Keys.user())
                        .limit(FORTY)
                        .onStoreFailure(mode)
                        .build())
                .store(store)
                .build();
    }

    private static Decision check(RateLimiter limiter) {
        return limiter.check(RequestFacts.builder().userId("u").build());
    }

    @Test
    @Tag("ratelimit:O2")
    void take_localSpaceOfASilentStore_grantsItsShareFromTheFirstFailureOn() {
        Space space = store.open(local(FORTY));
        silence();

        Take first = space.take("k", 1);

        assertTrue(first.granted());
        assertEquals(Source.FALLBACK, first.source());
        assertEquals(9, first.available());
        assertEquals(9, drain(space, "k", 50));
        assertEquals(Source.FALLBACK, space.take("k", 1).source());
        ticker.advance(Duration.ofSeconds(6));
        assertEquals(1, drain(space, "k", 50));
        // Five until it is left alone, and one that probed.
        assertEquals(
                Collections.nCopies(6, FailureMode.LOCAL),
                listener.failed.stream().map(RateLimitEvent.StoreFailed::mode).toList());
    }

    @Test
    @Tag("ratelimit:O2")
    void take_fourNodesOfASilentStore_grantFourShares() {
        int granted = 0;
        for (int node = 0; node < 4; node++) {
            BucketStore mine = BucketStores.guarded(shared, spec);
            Space space = mine.open(local(new Limit("a", 41, 41, MINUTE)));
            silence();
            granted += drain(space, "k", 100);
        }

        assertEquals(4 * 11, granted);
    }

    @Test
    @Tag("ratelimit:O3")
    void take_afterAnOutage_paysWhatWasSpentMeanwhile() {
        Space space = store.open(local(FORTY));
        assertEquals(30, drain(space, "k", 30));
        silence();
        assertEquals(10, drain(space, "k", 10));
        answer();

        // 10 left in the shared bucket, none come back in a second but 2/3, 10 owed.
        Take take = space.take("k", 1);

        assertFalse(take.granted());
        assertEquals(Source.SHARED, take.source());
        assertEquals(0, take.available());
        assertEquals(1, shared.debits.get());
        ticker.advance(Duration.ofMillis(500));
        assertTrue(space.take("k", 1).granted(), "a token a second and a half, from the first take on");
        assertEquals(1, shared.debits.get());
    }

    @Test
    @Tag("ratelimit:O3")
    void take_underFullDemandOverAnOutage_isNoFreeWindow() {
        for (int seconds : new int[] {1, 2, 10, 59, 60, 61, 180, 600}) {
            SharedFake fresh = new SharedFake(ticker);
            Space space = BucketStores.guarded(fresh, spec).open(local(FORTY));
            drain(space, "k", 40);
            fresh.silent = true;
            int during = 0;
            for (int second = 0; second < seconds; second++) {
                ticker.advance(SECOND);
                during += drain(space, "k", 50);
            }
            fresh.silent = false;
            int after = 0;
            for (int second = 0; second < 60; second++) {
                ticker.advance(SECOND);
                after += drain(space, "k", 50);
            }

            int fallback = 10 + seconds * 10 / 60;
            assertTrue(during <= fallback, during + " in " + seconds + " s");
            int bound = Math.max(fallback, 40) + 40;
            assertTrue(during + after <= bound, during + " and " + after + " around " + seconds + " s");
            assertTrue(during + after <= 40L * (seconds + 60) / 60 + 40, "what the limit itself allows from empty");
        }
    }

    @Test
    @Tag("ratelimit:O3")
    void take_afterTheStoreAnswers_isExactWithinTwoSeconds() {
        Space space = store.open(local(FORTY));
        silence();
        for (int tick = 0; tick < 57; tick++) {
            space.take("k", 1);
            ticker.advance(Duration.ofMillis(100));
        }
        shared.silent = false;

        long silentSince = ticker.getAsLong();
        while (space.take("k", 1).source() != Source.SHARED) {
            ticker.advance(Duration.ofMillis(1));
        }

        assertTrue(ticker.getAsLong() - silentSince <= Duration.ofSeconds(2).toNanos());
    }

    @Test
    @Tag("ratelimit:O3")
    void take_longOutage_owesOneCapacityAtMost() {
        Space space = store.open(local(FORTY));
        silence();
        for (int minute = 0; minute < 30; minute++) {
            drain(space, "k", 20);
            ticker.advance(Duration.ofSeconds(50));
        }
        drain(space, "k", 20);
        answer();

        assertEquals(0, space.peek("k", 1).available(), "40 that were there less 40");
        ticker.advance(Duration.ofSeconds(30));
        assertEquals(20, drain(space, "k", 50));
    }

    @Test
    @Tag("ratelimit:O3")
    void take_keyNotSeenSinceBeforeItsBucketIsFull_owesNothing() {
        Space space = store.open(local(FORTY));
        silence();
        drain(space, "k", 10);
        ticker.advance(MINUTE);
        shared.silent = false;

        assertEquals(39, space.take("k", 1).available());
        assertEquals(0, shared.debits.get());
    }

    @Test
    @Tag("ratelimit:O3")
    void debit_thatFails_isTriedAgainAndMadeOnce() {
        Space space = store.open(local(FORTY));
        silence();
        drain(space, "k", 10);
        shared.silent = false;
        shared.debitSilent = true;
        ticker.advance(SECOND);
        assertEquals(Source.FALLBACK, space.take("k", 1).source());
        shared.debitSilent = false;
        ticker.advance(SECOND);

        assertEquals(29, space.take("k", 1).available());
        assertEquals(1, shared.debits.get());
    }

    @Test
    @Tag("ratelimit:O3")
    void take_ofOthers_settlesForKeysThatDoNotCome() {
        Space space = store.open(local(FORTY));
        silence();
        for (int key = 0; key < 30; key++) {
            drain(space, "gone-" + key, 3);
        }
        answer();

        for (int call = 0; call < 35; call++) {
            space.take("other-" + call, 1);
        }

        assertEquals(30, shared.debits.get());
        Space elsewhere = shared.open(local(FORTY));
        for (int key = 0; key < 30; key++) {
            assertTrue(elsewhere.peek("gone-" + key, 1).available() < 40);
        }
    }

    @Test
    @Tag("ratelimit:O3")
    void take_manyThreadsAfterAnOutage_debitOnce() {
        for (int round = 0; round < 50; round++) {
            String key = "k" + round;
            Space space = store.open(local(Limit.of("a", 100, Duration.ofDays(1))));
            silence();
            assertEquals(25, drain(space, key, 25));
            int debits = shared.debits.get();
            answer();

            int granted = Parallel.count(8, 20, () -> space.take(key, 1).granted());

            assertEquals(debits + 1, shared.debits.get());
            assertTrue(granted <= 100, "granted " + granted);
            assertEquals(
                    100 - 25 - granted,
                    shared.open(local(Limit.of("a", 100, Duration.ofDays(1))))
                            .peek(key, 1)
                            .available());
        }
    }

    @Test
    @Tag("ratelimit:O3")
    void settle_burstLimitBesideALargeOne_isNotInDebtForMinutes() {
        Limit burst = Limit.of("burst", 20, SECOND);
        Limit hourly = Limit.of("hour", 4_000, Duration.ofHours(1));
        Space space = store.open(local(hourly, burst));
        silence();
        int spent = 0;
        while (spent < 500) {
            ticker.advance(SECOND);
            spent += drain(space, "k", 5);
        }
        answer();

        int waited = 0;
        for (int call = 0; call < 2_000; call++) {
            Take take = space.take("k", 1);
            waited += take.granted() ? 0 : 1;
            assertTrue(take.retryAfter().compareTo(Duration.ofMillis(1100)) <= 0, () -> "" + take.retryAfter());
            ticker.advance(Duration.ofMillis(50));
        }

        assertTrue(waited < 1_100, "half of the pace at worst, and not for long: " + waited);
        long expected = 4_000L - spent - (2_000 - waited);
        long left =
                shared.open(local(hourly, burst)).peek("k", 1).levels().get(0).available();
        assertTrue(left >= expected && left <= expected + 130, left + " left, " + expected + " and what came back");
    }

    @Test
    @Tag("ratelimit:O3")
    void take_moreKeysThanAreRemembered_everyOneThatSpentPays() {
        BucketStore small = BucketStores.guarded(shared, spec.withFallbackKeys(16));
        Space space = small.open(local(FORTY));
        silence();
        int[] spent = new int[60];
        for (int key = 0; key < spent.length; key++) {
            spent[key] = drain(space, "key-" + key, 10);
        }
        answer();

        for (int key = 0; key < spent.length; key++) {
            int after = drain(space, "key-" + key, 60);
            assertTrue(after + spent[key] <= 41, "key " + key + " had " + spent[key] + " and " + after);
        }
    }

    @Test
    void take_storeThatComesAndGoes_givesNoNewShareEachTime() {
        Space space = store.open(local(FORTY));
        int granted = 0;
        for (int outage = 0; outage < 20; outage++) {
            silence();
            Take take = space.take("k", 1);
            while (take.source() == Source.FALLBACK && take.granted()) {
                granted++;
                take = space.take("k", 1);
            }
            shared.silent = false;
            ticker.advance(SECOND);
            space.take("k", 40);
        }

        assertTrue(granted <= 10 + 20 * 10 / 60 + 1, "granted " + granted);
    }

    @Test
    @Tag("ratelimit:E5")
    void undo_takeFromBeforeTheOutage_failsAtOnceAndStaysPaid() {
        Space space = store.open(local(FORTY));
        Take take = space.take("k", 5);
        silence();
        for (int call = 0; call < 5; call++) {
            space.take("other", 1);
        }
        int before = shared.commands.get();

        assertThrows(RateLimitUnavailableException.class, take::undo);

        assertEquals(before, shared.commands.get());
        answer();
        assertEquals(35, space.peek("k", 1).available());
    }

    @Test
    @Tag("ratelimit:E5")
    void undo_takeFromTheFallback_isNotOwed() {
        Space space = store.open(local(FORTY));
        silence();
        Take take = space.take("k", 4);
        space.take("k", 3);

        take.undo();

        assertEquals(7, space.peek("k", 1).available());
        answer();
        assertEquals(36, space.take("k", 1).available());
    }

    @Test
    @Tag("ratelimit:E5")
    void undo_takeFromTheFallbackAfterItWasSettled_givesTheStoreNothing() {
        Space space = store.open(local(FORTY));
        silence();
        Take take = space.take("k", 4);
        answer();
        assertEquals(35, space.take("k", 1).available());

        take.undo();

        assertEquals(34, space.take("k", 1).available());
    }

    @Test
    void debit_inAnOutage_countsHereAndIsOwed() {
        Space space = store.open(local(FORTY));
        silence();
        space.debit("k", 30);

        assertFalse(space.take("k", 1).granted());
        assertEquals(-20, space.peek("k", 1).available());
        answer();
        assertEquals(9, space.take("k", 1).available());
    }

    @Test
    void reset_inAnOutage_clearsTheShareAndWhatIsOwed() {
        Space space = store.open(local(FORTY));
        silence();
        drain(space, "k", 10);

        space.reset("k");

        assertEquals(10, drain(space, "k", 20));
        space.reset("k");
        answer();
        assertEquals(39, space.take("k", 1).available());
    }

    @Test
    void reset_afterAnOutage_isNotFollowedByItsDebts() {
        Space space = store.open(local(FORTY));
        silence();
        drain(space, "k", 10);
        answer();

        space.reset("k");

        assertEquals(39, space.take("k", 1).available());
        assertEquals(0, shared.debits.get());
    }

    @Test
    void credit_inAnOutage_lessensWhatIsOwed() {
        Space space = store.open(local(FORTY));
        silence();
        drain(space, "k", 10);

        space.credit("k", 6);

        assertEquals(6, drain(space, "k", 20));
        answer();
        assertEquals(29, space.take("k", 1).available());
    }

    @Test
    void open_sameSpec_isTheSameSpaceAndKeepsDebtsOverVersions() {
        Space space = store.open(local(FORTY).withVersion(1));
        assertSame(space, store.open(local(FORTY).withVersion(1)));
        silence();
        drain(space, "k", 10);

        Space next = store.open(local(Limit.of("a", 80, MINUTE)).withVersion(2));
        assertEquals(0, drain(next, "k", 50), "no new share with a new version");
        answer();

        assertEquals(69, next.take("k", 1).available());
    }

    @Test
    void close_always_closesTheStoreBehind() {
        store.close();

        assertTrue(shared.closed);
    }

    @Test
    void spec_outOfRange_isRefused() {
        OutageSpec standard = OutageSpec.standard();
        assertThrows(IllegalArgumentException.class, () -> standard.withShare(0));
        assertThrows(IllegalArgumentException.class, () -> standard.withShare(1.000001));
        assertThrows(IllegalArgumentException.class, () -> standard.withShare(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> standard.withFallbackKeys(15));
        assertThrows(IllegalArgumentException.class, () -> standard.withDeniedKeys(-1));
        assertThrows(IllegalArgumentException.class, () -> standard.withName("No"));
        assertEquals(1, standard.withShare(1).share());
        assertEquals(0.25, standard.share());
        assertEquals(Trip.standard(), standard.withTrip(Trip.standard()).trip());
        assertEquals("redis", standard.withName("redis").name());
    }

    @Test
    @Tag("ratelimit:O2")
    void share_ofALimit_isRoundedUp() {
        for (int capacity : new int[] {1, 3, 4, 5, 300}) {
            List<Limit> limits = new ArrayList<>(List.of(Limit.of("a", capacity, MINUTE)));
            Limit part = FallbackSpace.share(SpaceSpec.of("s", limits), 0.25)
                    .limits()
                    .get(0);
            assertEquals((capacity + 3) / 4, part.capacity());
            assertEquals((capacity + 3) / 4, part.refill());
        }
        Limit tenth = FallbackSpace.share(SpaceSpec.of("s", List.of(Limit.of("a", 10, MINUTE))), 0.1)
                .limits()
                .get(0);
        assertEquals(1, tenth.capacity());
    }

    @Test
    void guarded_aroundOneThatIsLeasedOrGuardedAlready_isRefused() {
        BucketStore leased = BucketStores.leased(shared, 2);

        assertThrows(IllegalArgumentException.class, () -> BucketStores.guarded(store, spec));
        assertThrows(IllegalArgumentException.class, () -> BucketStores.guarded(leased, spec));
    }

    @Test
    void open_localBucketThatFillsUpInMillennia_countsAndSettles() {
        Limit slow = new Limit("slow", 1_000_000, 1, Duration.ofDays(1), new Limit.Refill.Interval());
        Space space = store.open(local(slow, FORTY));
        silence();

        assertTrue(space.take("k", 5).granted());
        answer();
        space.take("k", 1);

        assertEquals(1_000_000 - 6, space.peek("k", 1).levels().get(0).available());
    }
}
