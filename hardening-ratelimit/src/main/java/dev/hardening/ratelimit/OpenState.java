package dev.hardening.ratelimit;

import dev.hardening.ratelimit.RateLimitEvent.StoreState;
import org.jspecify.annotations.Nullable;

/** No call goes to the store, until it is time for one that probes it. */
final class OpenState implements BreakerState {
    private final Breaker breaker;
    private final long changed;
    private final long since;
    private final long rest;
    private final Throwable cause;

    /** {@code changed}: when the store fell silent; {@code rest}: how long from {@code since} to the next probe. */
    OpenState(Breaker breaker, long changed, long since, long rest, Throwable cause) {
        this.breaker = breaker;
        this.changed = changed;
        this.since = since;
        this.rest = rest;
        this.cause = cause;
    }

    @Override
    public @Nullable BreakerState admit(long now) {
        if (now - since < rest) {
            return null;
        }
        BreakerState probing = new HalfOpenState(breaker, changed, now, cause);
        return breaker.replace(this, probing) ? probing : null;
    }

    /** Nobody is admitted in this state, so there is nothing to hear. */
    @Override
    public void succeeded(long now) {}

    /** Nobody is admitted in this state, so there is nothing to hear. */
    @Override
    public void failed(long now, Throwable failure) {}

    @Override
    public StoreState kind() {
        return StoreState.SILENT;
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
