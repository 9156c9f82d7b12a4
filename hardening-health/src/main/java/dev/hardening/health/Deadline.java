package dev.hardening.health;

import java.time.Duration;

/**
 * The time one run of a check has, and the way to be freed when it is over.
 *
 * <p>A check passes {@link #remaining} on to its driver as a timeout, or registers what to close at expiry, or both; its
 * thread then comes back without an interrupt, which could break a resource that others share. All methods are safe for
 * many threads.
 */
public interface Deadline {
    /**
     * Measures what is left.
     *
     * @return zero once the time is over, never negative
     */
    Duration remaining();

    /**
     * Registers something that belongs to this run alone, to be closed if the time ends before the check returns.
     *
     * <p>Closed on another thread, at once if the time is already over, and not at all if the check returned in time;
     * so closing it a second time must be harmless.
     *
     * @param resource a socket, connection or process that the check made for itself
     */
    void onExpire(AutoCloseable resource);

    /**
     * Names what the check is about to wait for, shown to operators if it does not come back.
     *
     * @param step one word, such as {@code connection}
     */
    void step(String step);
}
