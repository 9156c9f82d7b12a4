package dev.hardening.ratelimit.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.Keys;
import dev.hardening.ratelimit.MissingKey;
import dev.hardening.ratelimit.RateLimitConfigurationException;
import dev.hardening.ratelimit.RequestFacts;
import dev.hardening.ratelimit.concurrency.ConcurrencyLimiter.Acquisition;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ConcurrencyLimiterTest {
    private static final Duration HOLD = Duration.ofMinutes(2);

    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingConcurrencyListener heard = new RecordingConcurrencyListener();
    private final ConcurrencyLimiter limiter = limiter(PermitLimit.of("user", Keys.user(), 2));

    private ConcurrencyLimiter limiter(PermitLimit... limits) {
        ConcurrencyLimiter.Builder builder =
                ConcurrencyLimiter.builder().ticker(ticker).listener(heard);
        List.of(limits).forEach(builder::limit);
        return builder.build();
    }

    private static RequestFacts user(String id) {
        return RequestFacts.builder().userId(id).build();
    }

    private static Permit granted(Acquisition acquisition) {
        return ((Acquisition.Granted) acquisition).permit();
    }

    private long inFlight(ConcurrencyLimiter of, String limit) {
        return of.inFlight(limit).orElseThrow();
    }

    @Test
    void acquire_upToTheMost_isGrantedAndOneMoreRefused() {
        granted(limiter.acquire(user("a")));
        granted(limiter.acquire(user("a")));

        Acquisition third = limiter.acquire(user("a"));

        assertFalse(third.granted());
        assertEquals("user", ((Acquisition.Refused) third).limit().name());
        assertEquals(2, ((Acquisition.Refused) third).limit().most());
        assertEquals(1, limiter.refused("user").orElseThrow());
        assertEquals("user", heard.refused.get(0).limit().name());
        assertTrue(limiter.acquire(user("b")).granted(), "another user is another key");
    }

    @Test
    void close_onePermit_makesRoomForOne() {
        Permit first = granted(limiter.acquire(user("a")));
        limiter.acquire(user("a"));

        first.close();

        assertTrue(limiter.acquire(user("a")).granted());
        assertFalse(limiter.acquire(user("a")).granted());
    }

    @Test
    @Tag("ratelimit:A14")
    void close_manyTimes_givesBackOnce() {
        Permit first = granted(limiter.acquire(user("a")));
        limiter.acquire(user("a"));

        for (int time = 0; time < 5; time++) {
            first.close();
        }

        assertEquals(1, inFlight(limiter, "user"));
        assertTrue(limiter.acquire(user("a")).granted());
        assertFalse(limiter.acquire(user("a")).granted());
    }

    @Test
    @Tag("ratelimit:M4")
    void trackedKeys_afterTheLastClose_areNone() {
        List<Permit> permits = new ArrayList<>();
        for (int key = 0; key < 1_000; key++) {
            permits.add(granted(limiter.acquire(user("u" + key))));
        }
        assertEquals(1_000, limiter.trackedKeys("user").orElseThrow());

        permits.subList(0, 999).forEach(Permit::close);
        assertEquals(1, limiter.trackedKeys("user").orElseThrow());
        permits.get(999).close();

        assertEquals(0, limiter.trackedKeys("user").orElseThrow());
        assertEquals(0, inFlight(limiter, "user"));
    }

    @Test
    @Tag("ratelimit:M4")
    void trackedKeys_afterARefusalOfAnotherLimit_areNone() {
        ConcurrencyLimiter two =
                limiter(PermitLimit.of("user", Keys.user(), 5), PermitLimit.of("tenant", Keys.tenant(), 1));
        RequestFacts first = RequestFacts.builder().userId("a").tenantId("t").build();
        RequestFacts second = RequestFacts.builder().userId("b").tenantId("t").build();
        two.acquire(first);

        assertFalse(two.acquire(second).granted());

        assertEquals(1, two.trackedKeys("user").orElseThrow(), "all or nothing: b holds nothing");
        assertEquals(1, inFlight(two, "user"));
        assertEquals(1, inFlight(two, "tenant"));
    }

    @Test
    @Tag("ratelimit:A13")
    void acquire_aroundTheLongestHold_takesBackAtItAndNotBefore() {
        limiter.acquire(user("a"));
        limiter.acquire(user("a"));

        ticker.advance(HOLD.minusNanos(1));
        assertFalse(limiter.acquire(user("a")).granted());
        assertEquals(0, limiter.expired("user").orElseThrow());
        ticker.advance(Duration.ofNanos(1));

        assertTrue(limiter.acquire(user("a")).granted());
        assertEquals(2, limiter.expired("user").orElseThrow());
        assertEquals(1, inFlight(limiter, "user"));
        ConcurrencyListener.Expired expired = new ConcurrencyListener.Expired("user", HOLD);
        assertEquals(List.of(expired, expired), heard.expired);
    }

    @Test
    @Tag("ratelimit:A13")
    void close_afterExpiry_givesNothingBack() {
        Permit slow = granted(limiter.acquire(user("a")));
        granted(limiter.acquire(user("a")));
        ticker.advance(HOLD);
        granted(limiter.acquire(user("a")));
        granted(limiter.acquire(user("a")));

        slow.close();
        slow.close();

        assertEquals(2, inFlight(limiter, "user"));
        assertFalse(limiter.acquire(user("a")).granted());
        assertEquals(2, limiter.expired("user").orElseThrow());
    }

    @Test
    @Tag("ratelimit:A13")
    void close_afterTheHoldButBeforeItsPlaceWasWanted_isNoExpiry() {
        Permit slow = granted(limiter.acquire(user("a")));
        ticker.advance(HOLD.multipliedBy(2));

        slow.close();

        assertEquals(0, limiter.expired("user").orElseThrow());
        assertEquals(0, inFlight(limiter, "user"));
    }

    @Test
    void acquire_fullOfOldAndNew_takesBackTheOldAlone() {
        granted(limiter.acquire(user("a")));
        ticker.advance(HOLD.minusSeconds(1));
        granted(limiter.acquire(user("a")));
        ticker.advance(Duration.ofSeconds(1));

        assertTrue(limiter.acquire(user("a")).granted());
        assertFalse(limiter.acquire(user("a")).granted());
        assertEquals(1, limiter.expired("user").orElseThrow());
    }

    @Test
    @Tag("ratelimit:M4")
    void purgeExpired_keysNobodyAsksFor_leaveInBatches() {
        for (int key = 0; key < 10; key++) {
            limiter.acquire(user("u" + key));
            limiter.acquire(user("u" + key));
        }
        ticker.advance(HOLD);
        limiter.acquire(user("fresh"));

        assertEquals(7, limiter.purgeExpired(7));
        assertEquals(13, limiter.purgeExpired(1_000));
        assertEquals(0, limiter.purgeExpired(1_000));

        assertEquals(1, limiter.trackedKeys("user").orElseThrow());
        assertEquals(1, inFlight(limiter, "user"));
        assertEquals(20, heard.expired.size());
        assertThrows(IllegalArgumentException.class, () -> limiter.purgeExpired(0));
    }

    @Test
    void acquire_withoutAKey_sharesOrSkips() {
        ConcurrencyLimiter sharing = limiter(PermitLimit.of("user", Keys.user(), 1));
        ConcurrencyLimiter skipping =
                limiter(PermitLimit.of("user", Keys.user(), 1).withMissingKey(MissingKey.SKIP));
        RequestFacts nobody = RequestFacts.builder().build();

        assertTrue(sharing.acquire(nobody).granted());
        assertFalse(sharing.acquire(nobody).granted());
        assertTrue(skipping.acquire(nobody).granted());
        assertTrue(skipping.acquire(nobody).granted());
        assertEquals(0, inFlight(skipping, "user"));
    }

    @Test
    void acquire_readerThrows_takesNothing() {
        ConcurrencyLimiter broken = limiter(
                PermitLimit.of("user", Keys.user(), 1),
                PermitLimit.of(
                        "bad",
                        Keys.custom("bad", facts -> Optional.of(facts.tenantId().orElseThrow())),
                        1));

        assertThrows(NoSuchElementException.class, () -> broken.acquire(user("a")));

        assertEquals(0, inFlight(broken, "user"));
    }

    @Test
    @Tag("ratelimit:A15")
    void call_whateverComesOfIt_givesBack() throws Exception {
        assertEquals("done", limiter.call(user("a"), () -> "done", refused -> "refused"));
        assertThrows(
                StackOverflowError.class,
                () -> limiter.call(
                        user("a"),
                        () -> {
                            throw new StackOverflowError();
                        },
                        refused -> "refused"));
        assertThrows(
                InterruptedException.class,
                () -> limiter.call(
                        user("a"),
                        () -> {
                            throw new InterruptedException();
                        },
                        refused -> "refused"));

        assertEquals(0, inFlight(limiter, "user"));
    }

    @Test
    void call_withoutAPlace_answersOtherwise() throws Exception {
        limiter.acquire(user("a"));
        limiter.acquire(user("a"));

        assertEquals(
                "user",
                limiter.call(user("a"), () -> "done", refused -> refused.limit().name()));
    }

    @Test
    void fold_bothWays_givesWhatTheFunctionGives() {
        assertEquals("go", limiter.acquire(user("a")).<String>fold(granted -> "go", refused -> "stop"));
        limiter.acquire(user("a"));
        assertEquals("stop", limiter.acquire(user("a")).<String>fold(granted -> "go", refused -> "stop"));
    }

    /** An application's own, which prints whatever it holds. */
    private record OwnFacts(Optional<String> userId, Optional<String> apiKey) implements RequestFacts {}

    @Test
    void refusedEvent_ofAnApplicationsOwnFacts_printsNothingOfThem() {
        OwnFacts own = new OwnFacts(Optional.of("alice"), Optional.of("key-of-alice"));
        limiter.acquire(own);
        limiter.acquire(own);

        limiter.acquire(own);

        assertEquals("Refused[user]", heard.refused.get(0).toString());
    }

    @Test
    void listener_thatThrows_touchesNoRequest() {
        ConcurrencyLimiter loud = ConcurrencyLimiter.builder()
                .ticker(ticker)
                .limit(PermitLimit.of("user", Keys.user(), 1))
                .listener(new ConcurrencyListener() {
                    @Override
                    public void refused(Refused event) {
                        throw new IllegalStateException("refused");
                    }

                    @Override
                    public void expired(Expired event) {
                        throw new StackOverflowError();
                    }
                })
                .build();
        loud.acquire(user("a"));

        assertFalse(loud.acquire(user("a")).granted());
        ticker.advance(HOLD);
        assertTrue(loud.acquire(user("a")).granted());
    }

    @Test
    @Tag("ratelimit:C3")
    void acquire_tickerOverflows_stillKnowsWhatIsOld() {
        FakeTicker late = FakeTicker.startingAt(Long.MAX_VALUE - HOLD.toNanos() / 2);
        ConcurrencyLimiter wrapping = ConcurrencyLimiter.builder()
                .ticker(late)
                .limit(PermitLimit.of("user", Keys.user(), 1))
                .build();
        wrapping.acquire(user("a"));

        late.advance(HOLD.minusNanos(1));
        assertFalse(wrapping.acquire(user("a")).granted());
        late.advance(Duration.ofNanos(1));
        assertTrue(wrapping.acquire(user("a")).granted());
    }

    @Test
    void build_faults_areAllTold() {
        RateLimitConfigurationException none = assertThrows(
                RateLimitConfigurationException.class,
                () -> ConcurrencyLimiter.builder().build());
        PermitLimit limit = PermitLimit.of("user", Keys.user(), 1);
        RateLimitConfigurationException twice =
                assertThrows(RateLimitConfigurationException.class, () -> limiter(limit, limit));

        assertEquals(List.of("a concurrency limiter needs a limit"), none.faults());
        assertEquals(List.of("two permit limits have the name \"user\""), twice.faults());
    }

    @Test
    void figures_ofAnUnknownLimit_areEmpty() {
        assertEquals(OptionalLong.empty(), limiter.inFlight("other"));
        assertEquals(OptionalLong.empty(), limiter.trackedKeys("other"));
        assertEquals("user", limiter.limits().get(0).name());
    }
}
