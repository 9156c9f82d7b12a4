package dev.hardening.ratelimit.concurrency;

import dev.hardening.ratelimit.RequestFacts;
import java.time.Duration;

/**
 * Hears what a {@link ConcurrencyLimiter} and a {@link LoadShedder} refuse and take back; every method does nothing
 * unless overridden.
 *
 * <p>Called on the thread of a request, outside any lock, so it must be quick. What it throws is logged once and dropped.
 */
public interface ConcurrencyListener {
    /**
     * Hears nothing.
     *
     * @return a listener that ignores everything
     */
    static ConcurrencyListener none() {
        return new ConcurrencyListener() {};
    }

    /**
     * Hears that a key had as many requests in flight as it may.
     *
     * @param event what was refused
     */
    default void refused(Refused event) {}

    /**
     * Hears that a place was taken back because its request did not say that it is over.
     *
     * @param event which limit and how long
     */
    default void expired(Expired event) {}

    /**
     * Hears that the service had no room.
     *
     * @param event what was turned away
     */
    default void shed(Shed event) {}

    /**
     * A key had as many requests in flight as it may.
     *
     * @param facts what was known about the request
     * @param limit the limit that refused it
     */
    record Refused(RequestFacts facts, PermitLimit limit) {
        /** Leaves out whose request it was; facts of an application print what they like. */
        @Override
        public String toString() {
            return "Refused[" + limit.name() + ']';
        }
    }

    /**
     * A place was taken back.
     *
     * @param limit the name of the limit or of the load shedder
     * @param held how long it was held
     */
    record Expired(String limit, Duration held) {}

    /**
     * The service had no room.
     *
     * @param shedder the name of the load shedder
     * @param priority what the request was worth
     */
    record Shed(String shedder, Priority priority) {}
}
