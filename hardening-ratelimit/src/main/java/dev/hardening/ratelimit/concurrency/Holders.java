package dev.hardening.ratelimit.concurrency;

import org.jspecify.annotations.Nullable;

/** The requests in flight of one key, oldest first; used under the lock of the key alone. */
final class Holders {
    private @Nullable Lease oldest;
    private @Nullable Lease newest;
    private int count;

    int count() {
        return count;
    }

    @Nullable
    Lease oldest() {
        return oldest;
    }

    void add(Lease lease) {
        lease.older = newest;
        if (newest == null) {
            oldest = lease;
        } else {
            newest.newer = lease;
        }
        newest = lease;
        count++;
        lease.state = Lease.State.HELD;
    }

    /** Whether the lease was still held. */
    boolean remove(Lease lease) {
        if (lease.state != Lease.State.HELD) {
            return false;
        }
        Lease older = lease.older;
        Lease newer = lease.newer;
        if (older == null) {
            oldest = newer;
        } else {
            older.newer = newer;
        }
        if (newer == null) {
            newest = older;
        } else {
            newer.older = older;
        }
        count--;
        lease.older = null;
        lease.newer = null;
        lease.state = Lease.State.GONE;
        return true;
    }
}
