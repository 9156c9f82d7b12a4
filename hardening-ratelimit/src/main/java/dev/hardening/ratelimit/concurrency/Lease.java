package dev.hardening.ratelimit.concurrency;

import org.jspecify.annotations.Nullable;

/**
 * One request in flight under one limit; a link in the list of its key, oldest first.
 *
 * <p>All fields but the state are touched under the lock of the key alone. A lease leaves the list once, by release or by
 * expiry, and the one that comes second finds it gone.
 */
final class Lease {
    final String key;
    final long since;

    @Nullable
    Lease older;

    @Nullable
    Lease newer;

    volatile State state = State.NEW;

    Lease(String key, long since) {
        this.key = key;
        this.since = since;
    }

    enum State {
        NEW,
        HELD,
        GONE
    }
}
