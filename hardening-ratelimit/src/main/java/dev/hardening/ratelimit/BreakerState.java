package dev.hardening.ratelimit;

import dev.hardening.ratelimit.RateLimitEvent.StoreState;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Breaker} does with a call: one class for each state, and an object of it for each time it is entered.
 *
 * <p>A call reports to the very state that admitted it, and a state can only replace itself. So what a slow call of an
 * earlier state has to say changes nothing.
 */
sealed interface BreakerState permits ClosedState, OpenState, HalfOpenState {
    /** The state in which a call may go to the store and to which it reports, or null if it must not go. */
    @Nullable
    BreakerState admit(long now);

    void succeeded(long now);

    void failed(long now, Throwable cause);

    /** The call came back without having learned anything about the store. */
    default void learnedNothing(long now) {}

    StoreState kind();

    /** When this state was entered. */
    long since();

    /** When the store was last known to change between answering and not. */
    long changed();

    /** Why the store is left alone, or null while it is not. */
    @Nullable
    Throwable cause();
}
