package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStores.OutageSpec;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Admitted;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Reason;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Throttled;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Logins behind the guard of a shared store: before it falls silent, meanwhile, and when it is back. */
@Tag("ratelimit:O2")
class GuardedLoginThrottleTest {
    private static final Duration DELAY = Duration.ofSeconds(10);
    private static final Duration NANO = Duration.ofNanos(1);
    /** After it the guard asks the store again. */
    private static final Duration PROBE = Duration.ofSeconds(2);

    private final FakeTicker ticker = FakeTicker.create();
    private final SharedFake shared = new SharedFake(ticker);
    private final RecordingListener listener = new RecordingListener();
    private final LoginThrottle throttle = process().build();

    /** One more process on the store; its guard is its own. */
    private LoginThrottle.Builder process() {
        return LoginThrottle.builder()
                .store(BucketStores.guarded(shared, OutageSpec.standard().withTicker(ticker)))
                .listener(listener);
    }

    private static boolean guess(LoginThrottle throttle) {
        return throttle.begin("main", "victim", "192.0.2.1")
                .fold(
                        admitted -> {
                            admitted.failed();
                            return true;
                        },
                        throttled -> false);
    }

    private static int guesses(int count, LoginThrottle throttle) {
        int looked = 0;
        for (int attempt = 0; attempt < count; attempt++) {
            looked += guess(throttle) ? 1 : 0;
        }
        return looked;
    }

    private static Admitted admitted(LoginThrottle throttle) {
        return assertInstanceOf(Admitted.class, throttle.begin("main", "victim", "192.0.2.1"));
    }

    private static Throttled refused(LoginThrottle throttle) {
        Throttled refused = assertInstanceOf(Throttled.class, throttle.begin("main", "victim", "192.0.2.1"));
        assertEquals(Reason.LIMIT, refused.reason());
        return refused;
    }

    @Test
    void begin_whileTheStoreIsSilent_countsByAShareAndIsNeverOpen() {
        shared.silent = true;

        assertEquals(2, guesses(1_000, throttle), "a quarter of 5, rounded up");

        for (int round = 0; round < 5; round++) {
            assertEquals(DELAY, refused(throttle).retryAfter());
            ticker.advance(DELAY.minus(NANO));
            assertEquals(0, guesses(10, throttle));
            ticker.advance(NANO);
            assertEquals(1, guesses(10, throttle));
        }
        assertTrue(listener.failed.stream().allMatch(event -> event.operation() == Operation.PENALTY));
        assertTrue(listener.failed.stream().allMatch(event -> event.mode() == FailureMode.LOCAL));
    }

    @Test
    void succeeded_whileTheStoreIsSilent_clearsWhatTheOutageHasRunUp() {
        shared.silent = true;
        assertEquals(1, guesses(1, throttle));

        admitted(throttle).succeeded();

        assertEquals(2, guesses(9, throttle));
        for (int login = 0; login < 100; login++) {
            ticker.advance(DELAY);
            admitted(throttle).succeeded();
        }
    }

    @Test
    @Tag("ratelimit:O3")
    void begin_storeIsBack_owesWhatWasTriedMeanwhileInEveryProcess() {
        LoginThrottle other = process().build();
        assertEquals(2, guesses(2, throttle));
        shared.silent = true;
        assertEquals(2, guesses(9, throttle));
        shared.silent = false;
        ticker.advance(PROBE);

        assertEquals(1, guesses(9, throttle), "5 were free, 2 were used before and 2 meanwhile");

        assertEquals(0, guesses(9, other));
    }

    @Test
    @Tag("ratelimit:G1")
    void begin_shutBeforeTheOutage_isShutAfterIt() {
        assertEquals(5, guesses(9, throttle));
        ticker.advance(DELAY);
        assertEquals(1, guesses(9, throttle));
        assertEquals(Duration.ofSeconds(20), refused(throttle).retryAfter());
        shared.silent = true;
        guesses(9, throttle);

        shared.silent = false;
        ticker.advance(PROBE);

        assertTrue(refused(throttle).retryAfter().compareTo(Duration.ofSeconds(18)) >= 0, "nothing is forgiven");
    }

    @Test
    void succeeded_whileTheStoreIsSilent_leavesNoDebtForItsReturn() {
        assertEquals(1, guesses(1, throttle));
        shared.silent = true;
        assertEquals(1, guesses(1, throttle));
        admitted(throttle).succeeded();
        shared.silent = false;
        ticker.advance(PROBE);

        assertEquals(4, guesses(9, throttle), "what was tried before the outage could not be cleared");
    }

    @Test
    void begin_closedThrottleInAnOutage_refusesEverybodyAsUnavailable() {
        LoginThrottle closed =
                process().name("closed").onStoreFailure(FailureMode.CLOSED).build();
        assertEquals(1, guesses(1, closed));
        shared.silent = true;

        for (int attempt = 0; attempt < 100; attempt++) {
            Throttled refused = assertInstanceOf(Throttled.class, closed.begin("main", "victim", "192.0.2.1"));
            assertEquals(Reason.STORE, refused.reason());
        }
        shared.silent = false;
        ticker.advance(PROBE);

        assertEquals(4, guesses(9, closed));
    }
}
