package dev.hardening.ratelimit;

import dev.hardening.ratelimit.FailureMode.Trip;
import dev.hardening.ratelimit.RateLimitEvent.StoreState;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Every call goes to the store, until too many fail in a row or too large a part of them in the window. */
final class ClosedState implements BreakerState {
    private final Breaker breaker;
    private final long since;
    private final FailureWindow window;
    private final AtomicInteger inARow = new AtomicInteger();

    ClosedState(Breaker breaker, long since) {
        this.breaker = breaker;
        this.since = since;
        this.window = new FailureWindow(breaker.trip().window(), since);
    }

    @Override
    public BreakerState admit(long now) {
        return this;
    }

    @Override
    public void succeeded(long now) {
        window.succeeded(now);
        if (inARow.get() != 0) {
            inARow.set(0);
        }
    }

    @Override
    public void failed(long now, Throwable cause) {
        Trip trip = breaker.trip();
        window.failed(now);
        if (inARow.incrementAndGet() >= trip.failures() || window.exceeds(now, trip.percent(), trip.calls())) {
            breaker.replace(this, new OpenState(breaker, now, now, trip.probeNanos(), cause));
        }
    }

    @Override
    public StoreState kind() {
        return StoreState.ANSWERING;
    }

    @Override
    public long since() {
        return since;
    }

    @Override
    public long changed() {
        return since;
    }

    @Override
    public @Nullable Throwable cause() {
        return null;
    }
}
