package dev.hardening.ratelimit;

import dev.hardening.ratelimit.RateLimitEvent.StoreState;
import org.jspecify.annotations.Nullable;

/** One call is on its way to the store, and what it brings decides. If it is never heard of again, another one goes. */
final class HalfOpenState implements BreakerState {
    private final Breaker breaker;
    private final long changed;
    private final long since;
    private final Throwable cause;

    HalfOpenState(Breaker breaker, long changed, long since, Throwable cause) {
        this.breaker = breaker;
        this.changed = changed;
        this.since = since;
        this.cause = cause;
    }

    @Override
    public @Nullable BreakerState admit(long now) {
        if (now - since < breaker.trip().probeNanos()) {
            return null;
        }
        BreakerState again = new HalfOpenState(breaker, changed, now, cause);
        return breaker.replace(this, again) ? again : null;
    }

    @Override
    public void succeeded(long now) {
        breaker.replace(this, new ClosedState(breaker, now));
    }

    /** The next probe goes a second after this one went, not after it came back. */
    @Override
    public void failed(long now, Throwable failure) {
        long rest = breaker.trip().probeNanos() - (now - since);
        breaker.replace(this, new OpenState(breaker, changed, now, rest, failure));
    }

    /** The next call probes, at once. */
    @Override
    public void learnedNothing(long now) {
        breaker.replace(this, new OpenState(breaker, changed, now, 0, cause));
    }

    @Override
    public StoreState kind() {
        return StoreState.PROBED;
    }

    @Override
    public long since() {
        return since;
    }

    @Override
    public long changed() {
        return changed;
    }

    @Override
    public Throwable cause() {
        return cause;
    }
}
