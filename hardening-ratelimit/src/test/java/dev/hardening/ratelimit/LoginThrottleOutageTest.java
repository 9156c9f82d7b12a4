package dev.hardening.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hardening.ratelimit.BucketStore.Source;
import dev.hardening.ratelimit.BucketStore.Space;
import dev.hardening.ratelimit.BucketStore.SpaceSpec;
import dev.hardening.ratelimit.BucketStore.Take;
import dev.hardening.ratelimit.BucketStores.LocalSpec;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Admitted;
import dev.hardening.ratelimit.LoginThrottle.Attempt.Throttled;
import dev.hardening.ratelimit.RateLimitEvent.Operation;
import dev.hardening.testing.FakeTicker;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A login while the shared store is silent and its fallback answers. */
class LoginThrottleOutageTest {
    private final FakeTicker ticker = FakeTicker.create();
    private final RecordingListener listener = new RecordingListener();
    private final BucketStore local = BucketStores.local(LocalSpec.standard().withTicker(ticker));
    private final LoginThrottle throttle =
            LoginThrottle.builder().store(this::open).listener(listener).build();

    /** What a store with a fallback does for each mode while it is away. */
    private Space open(SpaceSpec spec) {
        return spec.onFailure() == FailureMode.LOCAL ? new Fallback(local.open(spec)) : new Silent();
    }

    private Admitted admitted() {
        return assertInstanceOf(Admitted.class, throttle.begin("main", "victim", "192.0.2.1"));
    }

    private Throttled refused() {
        return assertInstanceOf(Throttled.class, throttle.begin("main", "victim", "192.0.2.1"));
    }

    @Test
    void failed_onTheFallback_waitsWithoutDoublingAndThrowsNothing() {
        for (int failure = 0; failure < 5; failure++) {
            admitted().failed();
        }

        for (int round = 0; round < 5; round++) {
            assertEquals(Duration.ofSeconds(10), refused().retryAfter());
            ticker.advance(Duration.ofSeconds(10));
            admitted().failed();
        }
        assertTrue(listener.failed.stream().allMatch(event -> event.operation() == Operation.PENALTY));
        assertEquals(FailureMode.LOCAL, listener.failed.get(0).mode());
    }

    @Test
    void succeeded_onTheFallback_clearsTheGate() {
        for (int failure = 0; failure < 4; failure++) {
            admitted().failed();
        }

        admitted().succeeded();

        for (int failure = 0; failure < 5; failure++) {
            admitted().failed();
        }
        refused();
    }

    @Test
    void succeeded_aThousandTimesOnTheFallback_isNeverThrottled() {
        for (int login = 0; login < 1_000; login++) {
            admitted().succeeded();
        }

        assertTrue(listener.throttled.isEmpty());
    }

    private static final class Fallback extends PassingSpace {
        private Fallback(Space space) {
            super(space);
        }

        @Override
        public Take take(String key, long tokens) {
            Take take = space.take(key, tokens);
            return new KnownTake(take.granted(), take.levels(), Source.FALLBACK, take::undo);
        }
    }

    private record Silent() implements Space {
        @Override
        public Take take(String key, long tokens) {
            throw new RateLimitUnavailableException("silent");
        }

        @Override
        public Take peek(String key, long tokens) {
            throw new RateLimitUnavailableException("silent");
        }

        @Override
        public void debit(String key, long tokens) {
            throw new RateLimitUnavailableException("silent");
        }

        @Override
        public void credit(String key, long tokens) {
            throw new RateLimitUnavailableException("silent");
        }

        @Override
        public void reset(String key) {
            throw new RateLimitUnavailableException("silent");
        }
    }
}
